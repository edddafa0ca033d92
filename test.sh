#!/usr/bin/env bash
# Installs what the tests need and this machine lacks, then runs all of them.
# The last line is always "N passed, N failed, N skipped".
set -uo pipefail
cd "$(dirname "$0")"

# The totals are read from what dotnet test prints, in English.
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_CLI_UI_LANGUAGE=en

if ! command -v dotnet >/dev/null; then
  echo "The .NET SDK 10 is needed first: https://dotnet.microsoft.com/download" >&2
  exit 1
fi

# On Debian and its kin, as root or through sudo without a password; elsewhere the tests that lack a tool skip and say so.
install_missing() {
  command -v apt-get >/dev/null || return 0
  local as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null && sudo -n true 2>/dev/null || return 0
    as_root=(sudo -n)
  fi

  local packages=()
  lacks() { ! command -v "$1" >/dev/null; }
  lacks python3 && packages+=(python3)
  python3 -m pip --version >/dev/null 2>&1 || packages+=(python3-pip)
  python3 -c 'import ensurepip, venv' >/dev/null 2>&1 || packages+=(python3-venv)
  lacks git && packages+=(git)
  lacks zip && packages+=(zip)
  lacks unzip && packages+=(unzip)
  lacks node && packages+=(nodejs)
  lacks npm && packages+=(npm)
  lacks gcc && packages+=(gcc libc6-dev)
  lacks aarch64-linux-gnu-gcc && packages+=(gcc-aarch64-linux-gnu libc6-dev-arm64-cross)
  lacks musl-gcc && packages+=(musl-tools)
  lacks chromium && lacks chromium-browser && lacks google-chrome && packages+=(chromium)
  [ ${#packages[@]} -gt 0 ] || return 0

  echo "Installing ${packages[*]}"
  local log
  log=$(mktemp)
  if ! { "${as_root[@]}" apt-get update -qq && install "${packages[@]}"; } >"$log" 2>&1 </dev/null; then
    # One that this system does not have must not take the others with it.
    for package in "${packages[@]}"; do
      install "$package" >>"$log" 2>&1 </dev/null || echo "Could not install $package: the tests that need it are skipped"
    done
  fi
  rm -f "$log"
}

install() {
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@"
}

install_missing

# Debian's npm is older than what LayerBuild asks for.
npm_is_old() { command -v npm >/dev/null && [ "$(printf '%s\n' 10.3.0 "$(npm --version)" | sort -V | head -n 1)" != 10.3.0 ]; }
if npm_is_old && [ ! -d artifacts/npm ]; then
  npm install --prefix artifacts/npm --no-audit --no-fund --silent npm@10 </dev/null >/dev/null 2>&1 \
    || { rm -rf artifacts/npm; echo "Could not install npm 10: the tests that need it are skipped"; }
fi
if npm_is_old; then
  export PATH="$PWD/artifacts/npm/node_modules/.bin:$PATH"
fi

# A Lambda of moto's to publish to, read with AWS's own command line.
if ! command -v moto_server >/dev/null || ! command -v aws >/dev/null; then
  if [ ! -x artifacts/moto/bin/moto_server ]; then
    { python3 -m venv artifacts/moto && artifacts/moto/bin/pip install --quiet --retries 1 'moto[server]' awscli; } </dev/null >/dev/null 2>&1 \
      || { rm -rf artifacts/moto; echo "Could not install moto and awscli: the tests that need them are skipped"; }
  fi
  # At the end: its python is not the one that the tests should find first.
  export PATH="$PATH:$PWD/artifacts/moto/bin"
fi

# What tests run in Node.js or in the browser (axe-core, the schema of CycloneDX); without it they skip and say so.
if command -v npm >/dev/null && [ ! -d tests/tools/node_modules ]; then
  npm install --prefix tests/tools --no-audit --no-fund --silent </dev/null || echo "Could not install tests/tools: the tests that need it are skipped"
fi

# Prebuilt packages for platforms that are not this one's: they cannot be installed, so their tarballs are read.
prebuilt=artifacts/prebuilt
if command -v npm >/dev/null && [ ! -d "$prebuilt" ]; then
  mkdir -p "$prebuilt"
  npm pack --silent --pack-destination "$prebuilt" \
    @img/sharp-{linux-x64,linux-arm64,linuxmusl-x64,linuxmusl-arm64,darwin-arm64,win32-x64}@0.34.5 \
    @img/sharp-libvips-linux-x64@1.2.4 @esbuild/{linux-x64,darwin-arm64}@0.25.0 \
    </dev/null >/dev/null 2>&1 || { rm -rf "$prebuilt"; echo "Could not fetch prebuilt npm packages: the tests that need them are skipped"; }
fi

output=$(mktemp)
trap 'rm -f "$output"' EXIT
dotnet test LayerBuild.sln --nologo "$@" 2>&1 </dev/null | tee "$output"
status=${PIPESTATUS[0]}

# A line per test project: "Passed!  - Failed: 0, Passed: 12, Skipped: 1, Total: 13, ...".
totals=$(awk '
  /(Passed|Failed|Skipped)! +- Failed:/ {
    projects++
    for (i = 1; i < NF; i++) {
      value = $(i + 1); sub(/,/, "", value)
      if ($i == "Failed:") failed += value
      if ($i == "Passed:") passed += value
      if ($i == "Skipped:") skipped += value
    }
  }
  END { printf "%d %d %d %d", passed, failed, skipped, projects }' "$output")
read -r passed failed skipped projects <<<"$totals"
if [ "$projects" -eq 0 ] && [ "$status" -eq 0 ]; then
  status=1
fi

echo "$passed passed, $failed failed, $skipped skipped"
exit "$status"
