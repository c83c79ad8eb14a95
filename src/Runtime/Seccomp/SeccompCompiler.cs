using OciSpec;
using Runtime.Linux;
using static Runtime.Linux.Abi;

namespace Runtime.Seccomp;

/// <summary>
/// Compiles a profile (config-linux.md, seccomp) into one program of classic BPF, with the decisions of libseccomp:
/// <list type="bullet">
/// <item>The native architecture is always there. Calls of an architecture that is not named, and x32's where only
/// x86_64 is, kill the thread.</item>
/// <item>A rule with the default action is no rule. A rule without conditions wins over those with; of several without,
/// the first. Of several with conditions any may match; see <see cref="RuleOrder"/> for which is first.</item>
/// <item>32-bit x86 and ARM and x32 compare the lower 32 bits of arguments and values.</item>
/// <item>A rule for a socket or System V IPC call of 32-bit x86 holds for socketcall(2) and ipc(2) too, where the first
/// argument is the call's number and the condition on it is lost.</item>
/// </list>
/// One thing is different, as it is in runc: calls with a number above all that the profile names for the architecture
/// fail with ENOSYS, unless the default action lets calls happen (ALLOW, LOG, TRACE). A C library that asks a new kernel
/// for a new call takes ENOSYS as "not there, do it the old way" and EPERM as an error. x32's own numbers (512 to 547)
/// and ARM's private ones (from 0xf0000) are no measure of age and are left to the default action.
/// </summary>
public static class SeccompCompiler
{
    /// <summary>Compiles a profile.</summary>
    /// <param name="profile">The profile.</param>
    /// <param name="native">The host's architecture, usually <see cref="SeccompArchitectures.Native"/>.</param>
    /// <exception cref="ConfigException">A value is missing or not allowed, or the filter is too long.</exception>
    public static CompiledSeccomp Compile(LinuxSeccomp profile, SeccompArchitecture native)
    {
        List<string>? skipped = null;
        uint defaultAction = SeccompNames.Action(-1, profile.DefaultAction, profile.DefaultErrnoRet);
        var actions = new ActionTable(defaultAction);
        FilterSection[] sections = Sections(profile, native, ref skipped);
        var chains = new RuleChains();
        bool notify = defaultAction == SECCOMP_RET_USER_NOTIF;
        for (int i = 0; i < profile.Syscalls?.Count; i++)
        {
            notify |= AddRule(i, profile.Syscalls[i], actions, sections, chains, ref skipped) == SECCOMP_RET_USER_NOTIF;
        }

        CheckListener(profile, notify);
        sock_filter[] program = new FilterWriter(actions, chains, defaultAction).Write(sections);
        return new CompiledSeccomp(program, Flags(profile, notify), notify, skipped ?? (IReadOnlyList<string>)[]);
    }

    private static FilterSection[] Sections(LinuxSeccomp profile, SeccompArchitecture native, ref List<string>? skipped)
    {
        var sections = new FilterSection[SeccompArchitectures.Count];
        int count = 1;
        uint seen = 1u << (int)native;
        sections[0] = new FilterSection(native);
        for (int i = 0; i < profile.Architectures?.Count; i++)
        {
            string name = profile.Architectures[i];
            if (!SeccompArchitectures.TryParse(name, out SeccompArchitecture architecture))
            {
                // Another machine's: its calls cannot happen here, and would kill.
                if (KnownValues.IndexOf(KnownValues.SeccompArchitectures, name) < 0)
                {
                    throw new ConfigException($"/linux/seccomp/architectures/{i}", $"no such seccomp architecture as {name}");
                }

                (skipped ??= []).Add(name);
            }
            else if ((seen & (1u << (int)architecture)) == 0)
            {
                seen |= 1u << (int)architecture;
                sections[count++] = new FilterSection(architecture);
            }
        }

        return sections[..count];
    }

    private static uint AddRule(int index, LinuxSyscall? entry, ActionTable actions, FilterSection[] sections, RuleChains chains, ref List<string>? skipped)
    {
        uint action = SeccompNames.Action(index, entry?.Action, entry?.ErrnoRet);
        if (entry!.Names is null or { Count: 0 })
        {
            throw SeccompNames.RuleError(index, "names", "a rule names at least one system call");
        }

        int number = actions.NumberOf(action);
        SeccompRule[] rules = SeccompRule.Parse(index, action, entry.Args);
        int[] calls = Resolve(entry.Names, sections, ref skipped);
        // The default action needs no rule, and must not stand before one.
        for (int i = 0; number != 0 && i < rules.Length; i++)
        {
            chains.Begin(rules[i]);
            foreach (int call in calls)
            {
                foreach (FilterSection section in sections)
                {
                    section.Add(call, rules[i], number, chains);
                }
            }

            AddMultiplexed(calls, rules[i], sections, chains);
        }

        return action;
    }

    private static int[] Resolve(List<string> names, FilterSection[] sections, ref List<string>? skipped)
    {
        int[] calls = new int[names.Count];
        int count = 0;
        foreach (string name in names)
        {
            int call = SyscallTable.Find(name);
            if (call < 0)
            {
                (skipped ??= []).Add(name);
                continue;
            }

            calls[count++] = call;
            foreach (FilterSection section in sections)
            {
                section.Know(call);
            }
        }

        return count == calls.Length ? calls : calls[..count];
    }

    private static void AddMultiplexed(int[] calls, SeccompRule rule, FilterSection[] sections, RuleChains chains)
    {
        foreach (FilterSection section in sections)
        {
            for (int i = 0; section.Architecture == SeccompArchitecture.X86 && i < calls.Length; i++)
            {
                int multiplexed = SyscallTable.X86Multiplexed(calls[i]);
                if (multiplexed != 0)
                {
                    chains.Begin(rule.Multiplexed((uint)multiplexed % 100));
                    section.AddMultiplexed(multiplexed, chains);
                }
            }
        }
    }

    private static void CheckListener(LinuxSeccomp profile, bool notify)
    {
        if (notify && string.IsNullOrEmpty(profile.ListenerPath))
        {
            throw new ConfigException("/linux/seccomp/listenerPath", "SCMP_ACT_NOTIFY needs the socket of an agent");
        }

        if (!string.IsNullOrEmpty(profile.ListenerMetadata) && string.IsNullOrEmpty(profile.ListenerPath))
        {
            throw new ConfigException("/linux/seccomp/listenerMetadata", "metadata for an agent needs a listenerPath");
        }
    }

    private static uint Flags(LinuxSeccomp profile, bool notify)
    {
        // Without a word on it, do not have the kernel slow the guest down against speculation (as runc; linux/seccomp.h).
        uint flags = profile.Flags == null ? (uint)SECCOMP_FILTER_FLAG_SPEC_ALLOW : 0;
        for (int i = 0; i < profile.Flags?.Count; i++)
        {
            uint flag = SeccompNames.Flag(profile.Flags[i]);
            flags |= flag != 0 ? flag : throw new ConfigException(
                $"/linux/seccomp/flags/{i}", $"no such seccomp flag as {profile.Flags[i]}: {string.Join(", ", KnownValues.SeccompFlags)}");
        }

        if (!notify)
        {
            // It says how a notified call waits, and the kernel refuses it without a listener.
            return flags & ~(uint)SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;
        }

        flags |= SECCOMP_FILTER_FLAG_NEW_LISTENER;
        return (flags & SECCOMP_FILTER_FLAG_TSYNC) != 0 ? flags | SECCOMP_FILTER_FLAG_TSYNC_ESRCH : flags;
    }
}
