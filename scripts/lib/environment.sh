# shellcheck shell=bash
# One Python environment for each supported Home Assistant version, as uv.lock has it.
#
# Source this file and call `environment VERSION`; it sets ENVIRONMENT to .venv/VERSION, complete and up to date.
# shellcheck source=scripts/lib/python.sh
source "$(dirname "${BASH_SOURCE[0]}")/python.sh"

VERSIONS=(2026.10 2026.11)
ENVIRONMENT=""

# Home Assistant starts three times faster with bytecode. It is kept out of the tree.
unset PYTHONDONTWRITEBYTECODE
export PYTHONPYCACHEPREFIX="$ROOT/.cache/pycache"

# What an environment was made from. The path belongs to it: the scripts inside name their interpreter by full path.
origin() {
  printf '%s %s\n' "$ROOT" "$(cat "$ROOT/pyproject.toml" "$ROOT/uv.lock" | cksum)"
}

up_to_date() {
  [[ -x $1/bin/python && -f $1/origin && $(<"$1/origin") == "$(origin)" ]]
}

sync_environment() {
  local version=$1 directory=$2
  local groups=(--group "ha-${version/./-}" --group run --group test --group torture --group lint)
  up_to_date "$directory" && return # another script was faster
  [[ -f $directory/origin && $(<"$directory/origin") == "$ROOT "* ]] || rm -rf "$directory"
  say "Home Assistant $version: installing into .venv/$version"
  (cd "$ROOT" && UV_PROJECT_ENVIRONMENT="$directory" "$UV" sync --quiet --locked --python "$PYTHON" "${groups[@]}") &&
    # Modules that Home Assistant imports and that nobody could install without a compiler.
    echo "$ROOT/scripts/lib/stand_ins" >"$(echo "$directory"/lib/python3.*/site-packages)/stand_ins.pth" &&
    origin >"$directory/origin"
}

environment() {
  local version=$1 directory="$ROOT/.venv/$1"
  case " ${VERSIONS[*]} " in
    *" $version "*) ;;
    *) say "Home Assistant $version is not one of: ${VERSIONS[*]}" && return 1 ;;
  esac
  if ! up_to_date "$directory"; then
    find_tools
    alone sync_environment "$version" "$directory"
  fi
  # shellcheck disable=SC2034 # for the script that sourced this file
  ENVIRONMENT="$directory"
}
