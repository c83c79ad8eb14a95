# Debian packages; sourced after common.sh.

# missing_packages PACKAGE...: those of them that are not installed, one a line.
missing_packages() {
    local package
    for package in "$@"; do
        [[ $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) == installed ]] || echo "$package"
    done
}

# refresh_package_lists: apt-get update, at most once in twelve hours.
refresh_package_lists() {
    # shellcheck disable=SC2154 # common.sh sets it
    local stamp=$cache/apt-updated
    if [[ -n $(find "$stamp" -mmin -720 2>/dev/null) ]] &&
        compgen -G '/var/lib/apt/lists/*_Packages*' >/dev/null; then
        return
    fi
    say "refreshing apt's package lists"
    apt-get update -q >&2
    mkdir -p "$cache"
    touch "$stamp"
}

# install_packages WHAT_FOR PACKAGE...: installs what is missing, and says so first.
install_packages() {
    local purpose=$1 missing
    shift
    command -v dpkg-query >/dev/null || die "$purpose needs the Debian packages: $*"
    mapfile -t missing < <(missing_packages "$@")
    if ((${#missing[@]} == 0)); then
        return
    fi
    ((EUID == 0)) || die "$purpose needs packages that are not installed; as root: apt-get install --no-install-recommends ${missing[*]}"
    say "installing for $purpose: ${missing[*]}"
    refresh_package_lists
    DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${missing[@]}" >&2
}

# install_without_services WHAT_FOR PACKAGE...: the same, and what is new on this machine runs no service, now or after a
# boot: the tests start their own.
install_without_services() {
    local purpose=$1 missing policy=/usr/sbin/policy-rc.d status=0
    shift
    mapfile -t missing < <(missing_packages "$@")
    if ((${#missing[@]} == 0)); then
        return
    fi
    ((EUID != 0)) || say "the services of ${missing[*]} are not started, and disabled"
    if ((EUID == 0)) && [[ ! -e $policy ]]; then
        # invoke-rc.d(8): 101 is "forbidden".
        printf '#!/bin/sh\nexit 101\n' >"$policy"
        chmod 755 "$policy"
    else
        policy=
    fi
    (install_packages "$purpose" "${missing[@]}") || status=$?
    [[ -z $policy ]] || rm "$policy"
    ((status == 0)) || return "$status"
    if command -v systemctl >/dev/null; then
        dpkg -L "${missing[@]}" | sed -n 's|^.*/systemd/system/\([^/@]*\.service\)$|\1|p' | xargs -r systemctl disable --quiet >&2
    fi
}
