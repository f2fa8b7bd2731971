"""What the tests of the torture tools share."""

# The real package first: the tools bring a stand-in for it where Home Assistant is missing, and the first one stays.
import custom_components.esim_topup  # noqa: F401
