using Runtime.Namespaces.Resolution;
using System.Text.Json;
using System.Text.RegularExpressions;
using OciSpec;
using Runtime.Namespaces.Builder;
using Runtime.Namespaces.Plan;

namespace Unit.Tests.Launch;

/// <summary>What holds for every plan, whatever the config asks for.</summary>
public sealed partial class PlanInvariantTests
{
    // What the child may open by a path of the host's: fixed paths, never one of the config's or the image's; and the place of
    // the root, to mount on it what the runtime has opened.
    private static readonly string[] s_hostPathsOfTheChild = ["/", "/dev/null", "/sys", "/sys/fs/cgroup", "/dev/ptmx", "/bundle/rootfs"];

    public static TheoryData<string> Features => [.. Plans.Features.Keys];

    [Theory]
    [MemberData(nameof(Features))]
    public void The_command_is_the_last_operation_and_only_limits_and_the_filter_stand_just_before(string feature)
    {
        Listing plan = Plans.Of(feature);
        int execute = plan.First("^execve");
        Assert.Equal(plan.Lines.Count - 1, execute);
        int ready = plan.First(@"^ask-runtime\(Ready\)");
        Assert.True(plan.First("^reset-signals") < ready);
        Assert.True(plan.First("^close-others") < ready);
    }

    [Theory]
    [MemberData(nameof(Features))]
    public void A_child_that_can_be_seen_has_let_go_of_the_host(string feature)
    {
        Listing plan = Plans.Of(feature);
        int closed = plan.First("^close-others");
        int seen = plan.Numbers("^clone-sibling").Append(plan.First(@"^ask-runtime\(Ready\)")).Where(n => n > plan.First("^(pivot_root|chroot)")).Min();
        Assert.True(closed < seen, plan.ToString());
        Assert.All(plan.Numbers("^(capset|setresuid|setpriority|sched_setattr|chdir|fchown)"), n => Assert.True(n < closed, plan.Lines[n].Call));
        // Of what was opened before, nothing is used after: but for the conversation, and the socket and state that inputs name.
        Assert.All(plan.Lines.Skip(seen + 1), l => Assert.DoesNotMatch("^(\\$\\d+ = )?(openat|openat2|open_tree|setns|mount|umount2)", l.Call));
    }

    [Theory]
    [MemberData(nameof(Features))]
    public void The_hosts_root_is_gone_before_anything_of_the_guest_runs(string feature)
    {
        Listing plan = Plans.Of(feature);
        int left = plan.First(@"^(pivot_root\(""\."", ""\.""\)|chroot\("".""\))");
        if (plan.Numbers("^pivot_root") is [int pivot])
        {
            // Over the guest's root lies the host's, and on that the container's own nodes where it has some and its root was not
            // at its own place.
            string[] calls = plan.Lines.Skip(pivot + 1).TakeWhile(l => l.Call.StartsWith("umount2(\".\", MNT_DETACH)", StringComparison.Ordinal) || l.Call.StartsWith("if-set(", StringComparison.Ordinal)).Select(l => l.Call).ToArray();
            bool nodes = plan.Lines.Any(l => l.Purpose == "keep the container's own nodes below its root");
            Assert.Equal(nodes ? 3 : 1, calls.Length);
            Assert.StartsWith("umount2", calls[^1], StringComparison.Ordinal);
            Assert.All(calls[..^1], c => Assert.Matches(c.StartsWith("if-set", StringComparison.Ordinal) ? $@"^if-set\(\$\d+\) -> {pivot + 3}$" : "^umount2", c));
            Assert.StartsWith(feature == "no pivot" ? "set(" : "chdir(\"/\")", plan.Lines[pivot + 1 + calls.Length].Call, StringComparison.Ordinal);
            // And then nothing lies over it any more.
            Assert.True(plan.First(@"^test\(&.*EBUSY|^test\(.*, -1, \$\d+, 16\)") > pivot);
        }

        Assert.True(left < plan.First("^execve"));
        Assert.All(plan.Numbers("^(capset|setresuid\\((?!0|\\)))|^seccomp"), n => Assert.True(n > left, plan.Lines[n].Call));
        Assert.All(plan.Lines.Where(l => l.Pointer.StartsWith("/hooks/startContainer", StringComparison.Ordinal)), l => Assert.True(l.Number > left));
        Assert.DoesNotContain(plan.Lines.Skip(left + 1).Where(l => l.Purpose != "move the root filesystem over the host's"), l => Regex.IsMatch(l.Call, "^(\\$\\d+ = )?(open_tree|fsopen|move_mount|mount|mknodat|make-path|mkdirat)\\("));
    }

    [Theory]
    [MemberData(nameof(Features))]
    public void The_child_opens_no_path_that_the_config_or_the_image_names(string feature)
    {
        Listing plan = Plans.Of(feature);
        int left = plan.First("^(pivot_root|chroot)");
        foreach (PlanLine line in plan.Guest.Where(l => l.Number < left))
        {
            Match match = HostPath().Match(line.Call);
            if (match.Success)
            {
                Assert.Contains(match.Groups[1].Value, s_hostPathsOfTheChild);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Features))]
    public void Mounts_go_onto_fds_and_no_path_is_resolved_a_second_time_for_them(string feature)
    {
        Listing plan = Plans.Of(feature);
        foreach (PlanLine line in plan.Lines.Where(l => l.Call.StartsWith("move_mount(", StringComparison.Ordinal)))
        {
            // Only the root itself, and the nodes below it, go to a path, the host's own "/".
            Assert.Matches(@"^move_mount\(\$\d+, """", (\$\d+, """", MOVE_MOUNT_F_EMPTY_PATH\|MOVE_MOUNT_T_EMPTY_PATH|AT_FDCWD, ""/"", MOVE_MOUNT_F_EMPTY_PATH)\)$", line.Call);
        }

        // What a target's fd stands for is asked of the fd.
        Assert.DoesNotContain(plan.Guest, l => Regex.IsMatch(l.Call, @"^mount\(") && !l.Call.Contains("\".\"", StringComparison.Ordinal));
        Assert.All(plan.Lines.Where(l => l.Call.StartsWith("mount_setattr(AT_FDCWD", StringComparison.Ordinal)), l => Assert.Contains("\"/\"", l.Call, StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Features))]
    public void Nothing_of_the_guest_can_trace_the_child(string feature)
    {
        Listing plan = Plans.Of(feature);
        int[] hidden = plan.Numbers(@"^prctl\(PR_SET_DUMPABLE\)").ToArray();
        int identity = plan.Last("^setresuid");
        Assert.True(hidden.Length >= 2 && hidden[^1] > identity, "the change of user makes a process dumpable again");
        int first = plan.First("^(\\$\\d+ = )?(fsopen|fchdir|openat2)");
        Assert.True(hidden[0] < Math.Max(first, plan.First("^(pivot_root|chroot)")), plan.ToString());
    }

    [Theory]
    [MemberData(nameof(Features))]
    public void The_child_dies_with_the_runtime_until_all_is_ready(string feature)
    {
        Listing plan = Plans.Of(feature);
        Assert.Equal("prctl(PR_SET_PDEATHSIG, 9)", plan.Guest.First(l => l.Call.StartsWith("prctl(", StringComparison.Ordinal)).Call);
        int last = plan.Numbers(@"^prctl\(PR_SET_PDEATHSIG, 9\)").Where(n => n < plan.First(@"^ask-runtime\(Ready\)")).Max();
        // prctl(2): a change of credentials clears it.
        Assert.True(last > plan.Last("^(setresuid|setresgid|capset)"), plan.ToString());
        int released = plan.First(@"^prctl\(PR_SET_PDEATHSIG\)");
        Assert.True(released > last && released < plan.First("^execve"));
    }

    [Theory]
    [MemberData(nameof(Features))]
    public void Groups_go_before_users_and_users_before_capabilities(string feature) =>
        Plans.Of(feature).InOrder(@"^prctl\(PR_CAPBSET_DROP", @"^prctl\(PR_SET_KEEPCAPS, 1\)", "^setgroups", "^setresgid", "^setresuid", @"^prctl\(PR_SET_KEEPCAPS\)", "^capset", @"^prctl\(PR_CAP_AMBIENT, 4\)");

    [Theory]
    [MemberData(nameof(Features))]
    public void Jumps_go_forward_and_stay_inside(string feature)
    {
        using LaunchPlan plan = LaunchPlanBuilder.Build(Plans.Features[feature](), describe: true).Plan;
        for (int i = 0; i < plan.Count; i++)
        {
            Operation operation = plan.Operation(i);
            foreach (short target in (ReadOnlySpan<short>)[operation.Next, operation.Target0, operation.Target1])
            {
                Assert.InRange(target, 0, plan.Count - 1);
                // Only a peer that may not start the container is sent back to the waiting.
                Assert.True(target == 0 || target > i || plan.Describe()[target].Call.StartsWith("ppoll", StringComparison.Ordinal) || plan.Describe()[target].Call.Contains("accept4", StringComparison.Ordinal), plan.Describe()[i].Call);
                Assert.True(target == 0 || (i < plan.ChildStart) == (target < plan.ChildStart) || target == plan.ChildStart, "a jump from one process into the other's part");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Features))]
    public void A_slot_is_read_only_after_it_was_written(string feature)
    {
        using LaunchPlan plan = LaunchPlanBuilder.Build(Plans.Features[feature](), describe: true).Plan;
        var written = new HashSet<string> { "$0", "$1" }; // both ends of the control socket: the launcher sets them
        foreach (PlanLine line in plan.Describe())
        {
            string[] parts = line.Call.Split(" = ", 2);
            bool asksWhetherSet = line.Call.StartsWith("if-set", StringComparison.Ordinal);
            foreach (Match slot in Slots().Matches(parts[^1]))
            {
                Assert.True(asksWhetherSet || written.Contains(slot.Value), $"{line.Call} reads {slot.Value}, which nothing has written");
            }

            if (parts.Length == 2)
            {
                written.Add(parts[0]);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Features))]
    public void A_described_plan_is_the_plan_that_runs(string feature)
    {
        using LaunchPlan run = LaunchPlanBuilder.Build(Plans.Features[feature]()).Plan;
        using LaunchPlan described = LaunchPlanBuilder.Build(Plans.Features[feature](), describe: true).Plan;
        Assert.Equal(run.Count, described.Count);
        Assert.Equal(run.ChildStart, described.ChildStart);
        for (int i = 0; i < run.Count; i++)
        {
            Assert.Equal(Bytes(run.Operation(i)), Bytes(described.Operation(i)));
        }
    }

    [Theory]
    [MemberData(nameof(Features))]
    public void Every_pointer_leads_to_something_of_the_config_or_to_its_default(string feature)
    {
        LaunchInputs inputs = Plans.Features[feature]();
        using JsonDocument config = JsonDocument.Parse(ConfigFile.Write(inputs.Resolved.Config));
        foreach (PlanLine line in Plans.Compile(inputs).Lines)
        {
            Assert.True(line.Purpose.Length > 0, line.Call);
            string[] parts = line.Pointer.Split('/', StringSplitOptions.RemoveEmptyEntries);
            JsonElement element = config.RootElement;
            for (int i = 0; i < parts.Length; i++)
            {
                bool found = element.ValueKind == JsonValueKind.Array
                    ? int.TryParse(parts[i], out int index) && index < element.GetArrayLength() && (element = element[index]).ValueKind != JsonValueKind.Undefined
                    : element.TryGetProperty(parts[i], out element);
                // Below /process and /linux everything has a default; a part of a list has not.
                Assert.True(found || !int.TryParse(parts[^1], out _), $"{line.Pointer} leads nowhere");
                if (!found)
                {
                    break;
                }
            }
        }
    }

    private static byte[] Bytes(Operation operation) =>
        System.Runtime.InteropServices.MemoryMarshal.AsBytes(new ReadOnlySpan<Operation>(in operation)).ToArray();

    [GeneratedRegex(@"\(AT_FDCWD, ""([^""]*)""")]
    private static partial Regex HostPath();

    [GeneratedRegex(@"(?<!&)\$\d+")]
    private static partial Regex Slots();
}
