"""Providers: what did the provider say?"""
