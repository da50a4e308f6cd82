# Shared by scripts/up and scripts/test: brings a checkout to the point where it runs. To be sourced, after
# `root` was set to the checkout. Works with bash 3.2 (macOS). Every step is skipped when it has nothing to do.

NODE_MINIMUM=20.19

say() { printf '%s\n' "$*"; }

fail() {
  printf 'sluice: %s\n' "$*" >&2
  exit 1
}

has() { command -v "$1" >/dev/null 2>&1; }

# quietly WHAT COMMAND...: runs a command, keeps its output in a log and shows the log only when it fails.
quietly() {
  local what=$1 log status=0
  shift
  log=$(mktemp "${TMPDIR:-/tmp}/sluice-setup.XXXXXX")
  "$@" >"$log" 2>&1 </dev/null || status=$?
  if [ "$status" -ne 0 ]; then
    tail -n 60 "$log" >&2
    rm -f "$log"
    fail "$what failed (exit $status); the end of its output is above."
  fi
  rm -f "$log"
}

require_node() {
  has node || fail "Node.js is not installed. Sluice needs version $NODE_MINIMUM or newer: https://nodejs.org/en/download"
  has npm || fail "npm is not installed. It comes with Node.js: https://nodejs.org/en/download"
  local version major minor
  version=$(node -p 'process.versions.node')
  major=${version%%.*}
  minor=${version#*.}
  minor=${minor%%.*}
  if [ "$major" -lt 20 ] || { [ "$major" -eq 20 ] && [ "$minor" -lt 19 ]; }; then
    fail "Node.js $version is too old. Sluice needs version $NODE_MINIMUM or newer: https://nodejs.org/en/download"
  fi
}

# ---- system packages ------------------------------------------------------------------------------

missing=()

# need_command PACKAGE COMMAND...: notes PACKAGE as missing unless one of the commands exists.
need_command() {
  local package=$1 command
  shift
  for command in "$@"; do has "$command" && return 0; done
  missing+=("$package")
}

# need_package PACKAGE: for what has no command of its own. Only dpkg can tell; elsewhere it is not checked.
need_package() {
  has dpkg-query || return 0
  [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null || true)" = installed ] || missing+=("$1")
}

# What `sluice up` runs: an encoder, and a private Redis.
need_for_up() {
  need_command ffmpeg ffmpeg
  case $(uname -s) in
    Darwin) need_command redis redis-server valkey-server ;;
    *) need_command redis-server redis-server valkey-server ;;
  esac
}

# What the tests run besides: a browser, other publishers and players, caches, a schema validator, Prometheus.
need_for_test() {
  local chromium=chromium
  if has apt-cache && ! apt-cache show chromium >/dev/null 2>&1 && apt-cache show chromium-browser >/dev/null 2>&1; then
    chromium=chromium-browser
  fi
  need_command "$chromium" chromium chromium-browser google-chrome
  need_command gstreamer1.0-tools gst-launch-1.0
  local plugins
  for plugins in plugins-base plugins-good plugins-bad plugins-ugly libav; do
    need_package "gstreamer1.0-$plugins"
  done
  need_command rtmpdump rtmpdump
  need_command vlc-bin cvlc
  need_package vlc-plugin-base
  need_command libxml2-utils xmllint
  # Servers live where the PATH of an ordinary user does not lead.
  PATH=$PATH:/usr/sbin need_command nginx nginx
  PATH=$PATH:/usr/sbin need_command varnish varnishd
  need_command prometheus prometheus
  need_command procps ps
  need_package fonts-dejavu-core
}

install_missing() {
  [ "${#missing[@]}" -gt 0 ] || return 0
  case $(uname -s) in
    Linux) has apt-get || fail "please install these with your package manager, then run this again: ${missing[*]}" ;;
    Darwin)
      has brew || fail "please install Homebrew (https://brew.sh) or, by hand: ${missing[*]}"
      say "Installing with Homebrew: ${missing[*]}"
      quietly "brew install" brew install --quiet "${missing[@]}"
      return 0
      ;;
    *) fail "please install these, then run this again: ${missing[*]}" ;;
  esac

  local elevate=()
  if [ "$(id -u)" -ne 0 ]; then
    # sudo may ask for a password, but only where somebody can answer.
    if has sudo && { sudo -n true 2>/dev/null || [ -t 0 ]; }; then
      elevate=(sudo)
      sudo -v || fail "sudo refused. As root, run: apt-get install ${missing[*]}"
    else
      fail "these system packages are missing. As root, run: apt-get update && apt-get install ${missing[*]}"
    fi
  fi
  as_root() { ${elevate[@]+"${elevate[@]}"} "$@"; }
  apt() {
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=120 "$@"
  }

  say "Installing with apt-get (a minute or two): ${missing[*]}"
  # Debian starts a system service for each of these, on a well-known port. Sluice runs a Redis of its own on a private
  # socket, and tests their own caches, so the services stay off: they are not started now, and not at the next boot.
  local services=() service
  for service in redis-server nginx varnish prometheus; do
    case " ${missing[*]} " in *" $service "*) services+=("$service") ;; esac
  done
  local policy=/usr/sbin/policy-rc.d
  if [ "${#services[@]}" -gt 0 ] && [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
    as_root chmod 755 "$policy"
    # shellcheck disable=SC2064 # the path is fixed now
    undo_policy() { as_root rm -f "$policy"; }
  else
    undo_policy() { :; }
  fi
  (
    trap undo_policy EXIT
    # One broken third-party source fails the update and hinders nothing here.
    apt update >/dev/null 2>&1 </dev/null ||
      say "Note: apt-get update had problems; going on with the package lists there are."
    quietly "apt-get install" apt install --no-install-recommends "${missing[@]}"
  ) || exit 1
  if [ "${#services[@]}" -gt 0 ] && [ -d /run/systemd/system ]; then
    as_root systemctl disable --quiet "${services[@]}" 2>/dev/null ||
      say "Note: these system services could not be switched off; Sluice does not use them: ${services[*]}"
  fi
  missing=()
}

# ---- npm packages and build -----------------------------------------------------------------------

# Installs exactly what package-lock.json says, when that or node_modules changed since the last time.
install_npm_packages() {
  local stamp=$root/node_modules/.sluice-installed installed=$root/node_modules/.package-lock.json wanted
  wanted=$(cd "$root" && cat package-lock.json package.json packages/*/package.json apps/*/package.json | cksum)
  if [ -f "$installed" ]; then
    if [ ! -f "$stamp" ] && [ ! "$root/package-lock.json" -nt "$installed" ]; then
      printf '%s\n' "$wanted" >"$stamp" # installed by hand with npm
    fi
    if [ -f "$stamp" ] && [ ! "$installed" -nt "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ]; then
      return 0
    fi
  fi
  say "Installing npm packages (npm ci)"
  cd "$root"
  quietly "npm ci" npm ci --no-audit --no-fund --loglevel=error
  cd - >/dev/null
  printf '%s\n' "$wanted" >"$stamp"
}

# Compiles, when a source is newer than the last build.
build() {
  local stamp=$root/node_modules/.sluice-built changed
  if [ -f "$stamp" ] && [ -f "$root/apps/gateway/dist/main.js" ] && [ -f "$root/apps/web/dist/watch.html" ]; then
    changed=$(cd "$root" && find packages apps tsconfig.json tsconfig.base.json node_modules/.sluice-installed \
      \( -name node_modules -o -name dist \) -prune -o -type f -newer "$stamp" -print | head -n 1)
    [ -n "$changed" ] || return 0
  fi
  say "Building"
  # The stamp takes the time before the build: what is edited meanwhile is built next time.
  touch "$stamp.new"
  cd "$root"
  quietly "the build" npm run --silent build
  cd - >/dev/null
  mv "$stamp.new" "$stamp"
}
