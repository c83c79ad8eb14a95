# Shared by the scripts here and in tests/vm; sourced, never run.
# Sets repo (the checkout), cache (generated and kept: git-ignored) and out (what a build leaves: git-ignored).

# shellcheck disable=SC2034 # whoever sources this reads them
{
    repo=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
    cache=${CCTL_CACHE:-$repo/.cache}
    out=$repo/out
}

# The .NET SDK must neither greet nor phone home, and leave no build servers behind.
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1
export MSBUILDDISABLENODEREUSE=1 DOTNET_CLI_USE_MSBUILD_SERVER=0

# say WORDS...: progress, on standard error so that standard output stays a result.
say() { printf '%s\n' "==> $*" >&2; }

# die WORDS...: one line, exit status 1.
die() {
    printf '%s\n' "${0##*/}: $*" >&2
    exit 1
}

# elapsed START: seconds since START, a value $SECONDS had.
elapsed() { printf '%ss' "$((SECONDS - $1))"; }

# machine: this machine's architecture as .NET spells it in a runtime identifier.
machine() {
    case $(uname -m) in
        x86_64) echo x64 ;;
        aarch64) echo arm64 ;;
        *) die "architecture $(uname -m) is not supported: x86_64 and aarch64 are" ;;
    esac
}

# target: the architecture that is built for, spelled so too: ARCH (amd64, arm64), or this machine's.
target() {
    case ${ARCH:-} in
        '') machine ;;
        amd64 | x64 | x86_64) echo x64 ;;
        arm64 | aarch64) echo arm64 ;;
        *) die "ARCH=$ARCH is not supported: amd64 and arm64 are" ;;
    esac
}

# debian_architecture MACHINE: as Debian spells it.
debian_architecture() { echo "${1/x64/amd64}"; }

# build_directory MACHINE: what a build for it leaves.
build_directory() {
    if [[ $1 == "$(machine)" ]]; then
        echo "$out"
    else
        echo "$out/$(debian_architecture "$1")"
    fi
}

# version: of these sources. Directory.Build.props is the one place that has it.
version() { sed -n 's|.*<VersionPrefix>\(.*\)</VersionPrefix>.*|\1|p' "$repo/Directory.Build.props"; }
