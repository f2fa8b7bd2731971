# shellcheck shell=bash
# The two tools everything else stands on: Python 3.14 and uv.
#
# Source this file and call `find_tools`; it sets PYTHON and UV. What the machine has is used; what is missing goes into
# the git-ignored .tools/ of this checkout, so the system stays as it was and deleting the folder undoes everything.
set -euo pipefail

ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)"
TOOLS="$ROOT/.tools"
PYTHON=""
UV=""

# Debian's suite is named, not "testing": a codename keeps its Python when a release is made. Ubuntu: the first with 3.14.
DEBIAN_SUITE=forky
UBUNTU_SUITE=resolute

# uv brings its own list of authorities; a machine that trusts others (a company's, say) has them here.
if [[ -s /etc/ssl/certs/ca-certificates.crt ]]; then export UV_SYSTEM_CERTS=1; fi

say() {
  printf '==> %s\n' "$*" >&2
}

# Runs a command that needs the network, but never for longer than $1 seconds.
within() {
  local seconds=$1
  shift
  if command -v timeout >/dev/null; then timeout "$seconds" "$@"; else "$@"; fi
}

# Prints the real path of interpreter $1 if Home Assistant can run on it. A pyenv shim without a version behind it, a build
# without sqlite or ssl and a Debian python without venv all fail here.
usable_python() {
  "$1" - 2>/dev/null <<'PY'
import ctypes, ensurepip, os, sqlite3, ssl, sys, sysconfig, venv
if sys.version_info[:2] != (3, 14) or sys.version_info < (3, 14, 2) or sysconfig.get_config_var("Py_GIL_DISABLED"):
    sys.exit(1)
print(os.path.realpath(sys.executable))
PY
}

# Looks at every place where a Python 3.14 may already be. The one from apt names its C library by full path: in a copy of
# this checkout it would run on the original's, so there it does not count.
find_python() {
  local candidate own=""
  if [[ -f $TOOLS/python/place && $(<"$TOOLS/python/place") == "$TOOLS" ]]; then own="$TOOLS/python/usr/bin/python3.14"; fi
  for candidate in python3.14 python3 python "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.14.*/bin/python3.14 \
    "$TOOLS"/uv-python/*/bin/python3.14 "$own"; do
    command -v "$candidate" >/dev/null && PYTHON="$(usable_python "$candidate")" && return
  done
  PYTHON=""
  return 1
}

# uv reads pyproject.toml for this question, so one that is too old for the lock file fails it.
usable_uv() {
  (cd "$ROOT" && "$1" python list --only-installed --offline) >/dev/null 2>&1
}

find_uv() {
  local candidate
  for candidate in uv "$TOOLS/uv/bin/uv"; do
    command -v "$candidate" >/dev/null && usable_uv "$candidate" && UV="$(command -v "$candidate")" && return
  done
  UV=""
  return 1
}

# uv comes from PyPI into an environment of its own, made by any Python ($1) that can make one.
fetch_uv() {
  say "uv: installing it into .tools/uv"
  rm -rf "$TOOLS/uv"
  "$1" -m venv "$TOOLS/uv" >/dev/null && "$TOOLS/uv/bin/python" -m pip install --quiet --disable-pip-version-check uv && find_uv
}

fetch_python_with_uv() {
  say "Python 3.14: asking uv for it"
  UV_PYTHON_INSTALL_DIR="$TOOLS/uv-python" within 180 "$UV" python install --quiet --no-bin 3.14 && find_python
}

# Prints the apt source line for a Python 3.14: this machine's own mirror and keyring, another suite.
apt_source() {
  local distributions keyring suite uri
  # shellcheck source=/dev/null
  distributions="$(. /etc/os-release && echo " ${ID-} ${ID_LIKE-} ")"
  case "$distributions" in
    *" ubuntu "*) suite="$UBUNTU_SUITE main universe" keyring=ubuntu-archive-keyring.gpg ;;
    *" debian "*) suite="$DEBIAN_SUITE main" keyring=debian-archive-keyring.gpg ;;
    *) return 1 ;;
  esac
  uri="${ESIM_TOPUP_DEBIAN_MIRROR:-$(apt_mirror)}"
  [[ -n $uri ]] && echo "deb [signed-by=/usr/share/keyrings/$keyring] $uri $suite"
}

# Prints where this machine gets the distribution's own packages. apt reads its sources, so every format of them will do;
# others' archives have other names or no "main", the security archive has another name.
apt_mirror() {
  apt-get -o "Dir::State=$TOOLS/apt/state" -o Debug::NoLocking=true update --print-uris |
    sed -nE "s#^'(.*/(debian|ubuntu|ubuntu-ports))/dists/[^/]+/main/binary-.*#\\1#p" | sed -n 1p
}

# apt-get with a state of its own in which no package is installed: it finds all that Python needs and checks signatures as
# ever, but neither sees nor touches the system's packages, and needs no root.
own_apt() {
  apt-get -q -o "Dir::State=$TOOLS/apt/state" -o "Dir::State::status=$TOOLS/apt/status" -o "Dir::Cache=$TOOLS/apt/cache" \
    -o "Dir::Etc::sourcelist=$TOOLS/apt/sources.list" -o Dir::Etc::sourceparts=/dev/null -o Dir::Etc::preferences=/dev/null \
    -o Dir::Etc::preferencesparts=/dev/null -o Debug::NoLocking=true -o "APT::Sandbox::User=$(id -un)" "$@"
}

# Unpacks Debian's or Ubuntu's Python 3.14 and every library it needs, the C library too, into .tools/python.
fetch_python_with_apt() {
  local package
  command -v apt-get >/dev/null && command -v dpkg >/dev/null || return 1
  say "Python 3.14: unpacking the distribution's packages into .tools/python"
  rm -rf "$TOOLS/apt" "$TOOLS/python"
  mkdir -p "$TOOLS/apt/state/lists/partial" "$TOOLS/apt/cache/archives/partial" "$TOOLS/python"
  : >"$TOOLS/apt/status"
  apt_source >"$TOOLS/apt/sources.list" || return 1
  {
    own_apt update && own_apt install --yes --download-only --no-install-recommends python3.14-venv patchelf
  } >"$TOOLS/apt/log" 2>&1 || { cat "$TOOLS/apt/log" >&2 && return 1; }
  for package in "$TOOLS"/apt/cache/archives/*.deb; do
    dpkg -x "$package" "$TOOLS/python" || return 1
  done
  relink_python && rm -rf "$TOOLS/apt" && find_python
}

# Makes the unpacked Python start with the C library beside it: the system's may be older. An rpath (not a runpath) also
# holds for the modules that the interpreter loads later.
relink_python() {
  local root="$TOOLS/python" loader libraries
  loader="$(find "$root"/usr/lib* -name 'ld-linux*.so.*' | sed -n 1p)"
  libraries="$(dirname "$(find "$root/usr/lib" -name libc.so.6 | sed -n 1p)")"
  # Without --no-sort patchelf 0.18 writes a file that crashes.
  "$loader" --library-path "$libraries" "$root/usr/bin/patchelf" --no-sort --set-interpreter "$loader" --force-rpath \
    --set-rpath "$libraries" "$root/usr/bin/python3.14"
  # ensurepip looks for pip where this file says.
  sed -i "s|/usr/share/python-wheels/|$root&|" "$root"/usr/lib/python3.14/_sysconfigdata__linux_*.py
  echo "$TOOLS" >"$root/place"
}

# One Python and one uv, by whichever way works first.
fetch_tools() {
  local any
  if ! find_python; then
    if ! find_uv && any="$(command -v python3)"; then fetch_uv "$any" || true; fi
    { [[ -n $UV ]] && fetch_python_with_uv; } || fetch_python_with_apt || {
      say "No Python 3.14.2 or newer here, and none could be fetched. Install one (or uv) and run this again."
      return 1
    }
  fi
  find_uv || fetch_uv "$PYTHON"
}

# Two scripts may start at once: the second waits for the first, then finds what that has made.
alone() {
  mkdir -p "$TOOLS"
  (
    if command -v flock >/dev/null; then flock 9; fi
    "$@"
  ) 9>"$TOOLS/lock"
}

find_tools() {
  if find_python && find_uv; then return; fi
  alone fetch_tools
  find_python && find_uv
}
