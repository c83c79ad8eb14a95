namespace Integration.Tests.Harness;

/// <summary>An account of an ordinary user, made for a test. Disposing ends what still runs as it, and removes it.</summary>
internal sealed class UserAccount : IDisposable
{
    private readonly string _name = "cctl-" + Guid.NewGuid().ToString("N")[..8];
    private readonly TempDir _home = new();

    /// <summary>Makes the account, with ranges of subordinate ids (subuid(5)) or without.</summary>
    public UserAccount(bool subordinateIds)
    {
        string system = subordinateIds ? "" : "--system";
        Harness.Command.Run("sh", "-c", $"useradd {system} --no-create-home --home-dir {_home.Path} --shell /bin/sh {_name}").MustSucceed();
        Uid = uint.Parse(Harness.Command.Run("id", "-u", _name).MustSucceed().Text, null);
        Gid = uint.Parse(Harness.Command.Run("id", "-g", _name).MustSucceed().Text, null);
        Own(_home.Path);
    }

    /// <summary>Its user id.</summary>
    public uint Uid { get; }

    /// <summary>Its group id.</summary>
    public uint Gid { get; }

    /// <summary>A directory of its own.</summary>
    public string Home => _home.Path;

    /// <summary>The first id of its range in /etc/subuid or /etc/subgid, and how many there are.</summary>
    public (uint First, uint Size) Range(string file)
    {
        string[] fields = File.ReadLines(file).First(l => l.StartsWith(_name + ":", StringComparison.Ordinal)).Split(':');
        return (uint.Parse(fields[1], null), uint.Parse(fields[2], null));
    }

    /// <summary>Gives it a directory and all in it.</summary>
    public void Own(string path) => Harness.Command.Run("chown", "-R", $"{Uid}:{Gid}", path).MustSucceed();

    /// <summary>A command as this user, with no capability and no group but its own.</summary>
    public Command Command(params string[] arguments) =>
        new("setpriv", ["--reuid", _name, "--regid", _name, "--clear-groups", "--inh-caps=-all", "--", .. arguments]) { Directory = "/", Environment = { ["XDG_RUNTIME_DIR"] = _home.Path } };

    public void Dispose()
    {
        Harness.Command.Run("pkill", "-KILL", "-U", Uid.ToString(System.Globalization.CultureInfo.InvariantCulture));
        Eventually.True(() => Harness.Command.Run("pgrep", "-U", Uid.ToString(System.Globalization.CultureInfo.InvariantCulture)).ExitCode == 1, Place.Deadline(10), () => $"processes of {_name} are left");
        Harness.Command.Run("userdel", _name);
        _home.Dispose();
    }
}
