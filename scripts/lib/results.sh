# Results of a suite that is no program of xunit's, in the form that scripts/test-summary reads; sourced after common.sh.

result_tests=()
result_passed=0
result_failed=0

# json TEXT: as a JSON string. Control characters become spaces.
json() {
    local text=${1//[$'\001'-$'\037']/ }
    text=${text//\\/\\\\}
    printf '"%s"' "${text//\"/\\\"}"
}

# result passed|failed NAME [MESSAGE]: one test.
result() {
    result_tests+=("{\"name\":$(json "$2"),\"status\":\"$1\",\"message\":$(json "${3:-}")}")
    if [[ $1 == passed ]]; then
        ((++result_passed))
    else
        ((++result_failed))
        printf '%s\n' "failed: $2" "${3:-}" >&2
    fi
}

# write_results FILE: all of them, in the Common Test Report Format.
write_results() {
    local IFS=,
    printf '{"results":{"summary":{"tests":%d,"passed":%d,"failed":%d,"pending":0,"skipped":0},"tests":[%s]}}\n' \
        "$((result_passed + result_failed))" "$result_passed" "$result_failed" "${result_tests[*]}" >"$1"
}
