using OciSpec;
using Runtime.Launch;

namespace Runtime.Exec;

/// <summary>Puts the process of an `exec` together: from a file, or from the container's own and the words.</summary>
internal static class ExecProcess
{
    /// <summary>The process, checked.</summary>
    /// <param name="options">The caller's words.</param>
    /// <param name="config">The container's configuration.</param>
    /// <param name="guestRoot">The guest's root as the runtime reaches it.</param>
    public static ProcessSpec Of(ExecOptions options, RuntimeConfig config, string guestRoot)
    {
        ProcessSpec process = options.ProcessFile is string file ? DocumentFile.Process(file) : FromWords(options, config.Process ?? new ProcessSpec());
        if (options.User is string user)
        {
            process.User = GuestUsers.Parse(user, GuestUsers.Files(guestRoot), process.User);
        }

        AddGroups(process, options.AdditionalGids);
        AddCapabilities(process, options.Capabilities);
        process.NoNewPrivileges = options.NoNewPrivileges || process.NoNewPrivileges == true;
        process.ApparmorProfile = options.ApparmorProfile ?? process.ApparmorProfile;
        process.SelinuxLabel = options.SelinuxLabel ?? process.SelinuxLabel;
        process.Terminal = options.Terminal || (options.ProcessFile is not null && process.Terminal == true);
        Validate(process, options);
        return process;
    }

    // Pointers start at the process, which the caller did not write: the option is named, or the file.
    private static void Validate(ProcessSpec process, ExecOptions options)
    {
        try
        {
            IReadOnlyList<ConfigProblem> warnings = ConfigValidator.Validate(process);
            for (int i = 0; i < warnings.Count && options.ProcessFile is not null; i++)
            {
                RuntimeLog.Warn($"--process {options.ProcessFile}: {warnings[i]}");
            }
        }
        catch (ConfigException e)
        {
            string place = options.ProcessFile is string file ? $"--process {file}: {e.Pointer}"
                : e.Pointer == "/cwd" && options.Cwd is not null ? "--cwd"
                : e.Pointer.StartsWith("/env/", StringComparison.Ordinal) && options.Env.Count > 0 ? "--env"
                : "/process" + e.Pointer;
            throw new ConfigException(string.Empty, $"{place}: {e.Detail}");
        }
    }

    private static ProcessSpec FromWords(ExecOptions options, ProcessSpec own)
    {
        if (options.Command.Count == 0)
        {
            throw new ContainerException($"exec {options.Id}: no command: name one, or a process file with --process");
        }

        return new ProcessSpec
        {
            Args = [.. options.Command],
            Env = [.. own.Env ?? [], .. options.Env],
            Cwd = options.Cwd ?? own.Cwd ?? "/",
            User = own.User,
            Capabilities = Copy(own.Capabilities),
            Rlimits = own.Rlimits,
            NoNewPrivileges = own.NoNewPrivileges,
            ApparmorProfile = own.ApparmorProfile,
            SelinuxLabel = own.SelinuxLabel,
            OomScoreAdj = own.OomScoreAdj,
            Scheduler = own.Scheduler,
            IoPriority = own.IoPriority,
            ExecCPUAffinity = own.ExecCPUAffinity,
            ConsoleSize = own.ConsoleSize,
        };
    }

    private static Capabilities? Copy(Capabilities? sets) => sets is null ? null : new Capabilities
    {
        Bounding = [.. sets.Bounding ?? []],
        Effective = [.. sets.Effective ?? []],
        Permitted = [.. sets.Permitted ?? []],
        Inheritable = [.. sets.Inheritable ?? []],
        Ambient = [.. sets.Ambient ?? []],
    };

    private static void AddGroups(ProcessSpec process, IReadOnlyList<string> groups)
    {
        foreach (string group in groups)
        {
            process.User ??= new UserSpec();
            process.User.AdditionalGids = [.. process.User.AdditionalGids ?? [], GuestUsers.Number(group, "--additional-gids")];
        }
    }

    // Never inheritable: a set that the config does not ask for must not reach files that would use it (CVE-2022-29162).
    private static void AddCapabilities(ProcessSpec process, IReadOnlyList<string> names)
    {
        foreach (string name in names)
        {
            string full = name.StartsWith("CAP_", StringComparison.OrdinalIgnoreCase) ? name.ToUpperInvariant() : "CAP_" + name.ToUpperInvariant();
            if (KnownValues.IndexOf(KnownValues.Capabilities, full) < 0)
            {
                string? near = NearestName.Find(full, KnownValues.Capabilities, NearestName.Slip(name));
                throw new ContainerException($"--cap {name}: there is no such capability: {(near is null ? "see capabilities(7)" : $"did you mean {near}?")}");
            }

            process.Capabilities ??= new Capabilities();
            process.Capabilities.Bounding = With(process.Capabilities.Bounding, full);
            process.Capabilities.Effective = With(process.Capabilities.Effective, full);
            process.Capabilities.Permitted = With(process.Capabilities.Permitted, full);
            if (process.Capabilities.Inheritable?.Contains(full) == true)
            {
                // What the config lets be inherited reaches a user other than root, too.
                process.Capabilities.Ambient = With(process.Capabilities.Ambient, full);
            }
        }
    }

    private static List<string> With(List<string>? set, string name) => set?.Contains(name) == true ? set : [.. set ?? [], name];
}
