using System.Globalization;
using OciSpec;
using OciSpec.Image;
using Runtime.Exec;

namespace Runtime.Compose;

/// <summary>The process of a container on an image: what the image says, and what a person says in its place.</summary>
/// <param name="request">What the person says.</param>
/// <param name="image">What the image says.</param>
/// <param name="read">Reads a file of the image; null where there is none.</param>
internal sealed class ProcessOptions(RunRequest request, ContainerDefaults image, Func<string, byte[]?> read)
{
    private const string DefaultPath = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    private const ulong DefaultFiles = 1024 * 1024;

    /// <summary>The process.</summary>
    /// <param name="hostname">The container's host name.</param>
    public ProcessSpec Compose(string hostname)
    {
        UserSpec user = User();
        SecurityOptions security = SecurityOptions.Parse(request.SecurityOptions);
        return new ProcessSpec
        {
            Terminal = request.Terminal,
            User = user,
            Args = Arguments(),
            Env = Environment(user, hostname),
            Cwd = request.WorkingDirectory ?? (image.WorkingDir is { Length: > 0 } directory ? directory : "/"),
            Capabilities = CapabilityOptions.Of(request, user.Uid ?? 0),
            Rlimits = Rlimits(),
            NoNewPrivileges = security.NoNewPrivileges,
            ApparmorProfile = security.ApparmorProfile,
            SelinuxLabel = security.SelinuxLabel,
            OomScoreAdj = request.OomScoreAdj,
        };
    }

    private UserSpec User()
    {
        string text = request.User ?? image.User ?? "";
        UserSpec user = text.Length == 0 ? new UserSpec { Uid = 0, Gid = 0, AdditionalGids = [.. GuestUsers.GroupsOf(0, read)] } : GuestUsers.Parse(text, read, own: null);
        List<uint> groups = [.. user.AdditionalGids ?? [], .. request.Groups.Select(g => GuestUsers.Group("--group-add", g, read))];
        user.AdditionalGids = groups.Count == 0 ? null : [.. groups.Distinct()];
        user.Umask = request.Umask is { } umask ? ParseUmask(umask) : null;
        return user;
    }

    private static uint ParseUmask(string text)
    {
        uint value = 0;
        foreach (char digit in text)
        {
            value = digit is >= '0' and <= '7' && value < 0b111_111_111 ? (value * 8) + (uint)(digit - '0') : uint.MaxValue;
        }

        return text.Length > 0 && value <= 0b111_111_111 ? value : throw new ContainerException($"--umask {text}: it is octal, from 0 to 0777");
    }

    // docker: an entry point that is given takes the image's command away as well.
    private List<string> Arguments()
    {
        List<string> entrypoint = request.Entrypoint is { } given ? (given.Length == 0 ? [] : [given]) : image.Entrypoint ?? [];
        IEnumerable<string> command = request.Command.Count > 0 ? request.Command : request.Entrypoint is null ? image.Cmd ?? [] : [];
        List<string> all = [.. entrypoint, .. command];
        return all.Count > 0 ? all : throw new ContainerException($"{request.Image}: the image names no command: say what to run: cctl run {request.Image} COMMAND");
    }

    private List<string> Environment(UserSpec user, string hostname)
    {
        var names = new List<string>();
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        void Set(string entry)
        {
            string name = entry[..entry.IndexOf('=', StringComparison.Ordinal)];
            if (values.TryAdd(name, entry))
            {
                names.Add(name);
            }
            else
            {
                values[name] = entry;
            }
        }

        Set(DefaultPath);
        Set($"HOSTNAME={hostname}");
        if (request.Terminal)
        {
            Set("TERM=xterm");
        }

        Set($"HOME={GuestUsers.HomeOf(user.Uid ?? 0, read)}");
        foreach (string entry in (image.Env ?? []).Where(e => e.IndexOf('=', StringComparison.Ordinal) > 0))
        {
            Set(entry);
        }

        foreach (string entry in request.Env)
        {
            int equals = entry.IndexOf('=', StringComparison.Ordinal);
            if (equals == 0 || entry.Length == 0)
            {
                throw new ContainerException($"--env {entry}: a variable needs a name: NAME=VALUE");
            }

            // A name alone is the caller's variable; where the caller has none, so has the container (docker).
            if (equals > 0 || System.Environment.GetEnvironmentVariable(entry) is not null)
            {
                Set(equals > 0 ? entry : $"{entry}={System.Environment.GetEnvironmentVariable(entry)}");
            }
            else if (values.Remove(entry))
            {
                names.Remove(entry);
            }
        }

        return names.ConvertAll(n => values[n]);
    }

    private List<Rlimit> Rlimits()
    {
        var limits = new List<Rlimit>();
        foreach (string text in request.Ulimits)
        {
            int equals = text.IndexOf('=', StringComparison.Ordinal);
            string type = "RLIMIT_" + (equals < 0 ? text : text[..equals]).ToUpperInvariant();
            string[] values = equals < 0 ? [] : text[(equals + 1)..].Split(':');
            if (Array.IndexOf(KnownValues.Rlimits, type) < 0 || values.Length is < 1 or > 2 || !TryLimit(values[0], out ulong soft) || !TryLimit(values[^1], out ulong hard))
            {
                throw new ContainerException($"--ulimit {text}: it is NAME=SOFT[:HARD], as nofile=1024:4096, with a name out of {string.Join(", ", KnownValues.Rlimits.Select(r => r["RLIMIT_".Length..].ToLowerInvariant()))}");
            }

            limits.RemoveAll(l => l.Type == type);
            limits.Add(new Rlimit { Type = type, Soft = soft, Hard = hard });
        }

        if (!limits.Exists(l => l.Type == "RLIMIT_NOFILE") && Linux.Startup.NoFileLimit is { rlim_max: > DefaultFiles })
        {
            // Programs that close all they could have open take minutes under systemd's 2^30.
            limits.Add(new Rlimit { Type = "RLIMIT_NOFILE", Soft = DefaultFiles, Hard = DefaultFiles });
        }

        return limits;
    }

    private static bool TryLimit(string text, out ulong value)
    {
        value = ulong.MaxValue;
        return text is "-1" or "unlimited" || ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);
    }
}
