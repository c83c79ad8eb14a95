# Debian packages of another architecture, unpacked below .cache, nothing of them installed; sourced after common.sh.

# foreign_apt ARCHITECTURE COMMAND...: apt with lists and caches of its own. dpkg's list of architectures stays as it is.
foreign_apt() {
    # shellcheck disable=SC2154 # common.sh sets it
    local architecture=$1 state=$cache/$1/apt
    shift
    mkdir -p "$state"/{lists,cache/archives}/partial
    "$1" -q -o APT::Architecture="$architecture" -o APT::Architectures::="$architecture" -o Acquire::Languages=none \
        -o Dir::State::lists="$state/lists" -o Dir::Cache="$state/cache" -o Dir::State::status=/dev/null \
        -o APT::Sandbox::User=root "${@:2}"
}

# foreign_packages ARCHITECTURE PACKAGE...: prints the directory with the content of those packages; they are fetched where
# it is not there yet. A package that only depends on the newest kernel stands for that kernel.
foreign_packages() {
    local architecture=$1 package name directory
    shift
    directory=$cache/$architecture/$(IFS=+ && echo "$*")
    if [[ ! -d $directory ]]; then
        say "fetching for $architecture: $*"
        [[ -n $(find "$cache/$architecture/apt-updated" -mmin -720 2>/dev/null) ]] || foreign_apt "$architecture" apt-get update >&2
        touch "$cache/$architecture/apt-updated"
        mkdir -p "$cache/$architecture/making.$$"
        for package in "$@"; do
            name=$package
            if [[ $package == linux-image-* ]]; then
                name=$(foreign_apt "$architecture" apt-cache depends "$package" | awk '$1 == "Depends:" { print $2; exit }')
            fi
            (cd "$cache/$architecture/making.$$" && foreign_apt "$architecture" apt-get download "$name" >&2 && dpkg -x ./*.deb . && rm ./*.deb)
        done
        mv "$cache/$architecture/making.$$" "$directory"
    fi
    echo "$directory"
}
