# The bundle of `make run` and `make shell`; sourced after common.sh.

# shellcheck disable=SC2154 # common.sh sets it
bundle=$out/bundle

# make_bundle: out/bundle anew, on the root filesystem that cctl carries.
make_bundle() {
    rm -rf --one-file-system "$bundle"
    mkdir -p "$bundle"
    "$out/cctl" spec --rootfs --bundle "$bundle"
}

# need_root WHAT: the default bundle has no user namespace.
need_root() {
    ((EUID == 0)) || die "$1 makes namespaces and mounts, and needs root"
}
