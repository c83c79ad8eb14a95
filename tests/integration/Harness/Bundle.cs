using OciSpec;

namespace Integration.Tests.Harness;

/// <summary>An OCI bundle in a directory of its own: config.json and a busybox rootfs. Disposing removes it.</summary>
internal sealed class Bundle : IDisposable
{
    private readonly TempDir _directory = new();

    /// <summary>A bundle that runs <paramref name="arguments"/> with the default config.</summary>
    public Bundle(params string[] arguments)
    {
        Directory.CreateDirectory(Rootfs);
        Busybox.MakeRoot(Rootfs);
        Config = DefaultConfig.For(arguments);
        Save();
    }

    /// <summary>A bundle that runs a shell script.</summary>
    public static Bundle Script(string script) => new("/bin/sh", "-c", script);

    /// <summary>The bundle's directory.</summary>
    public string Path => _directory.Path;

    /// <summary>The guest's root on the host.</summary>
    public string Rootfs => _directory["rootfs"];

    /// <summary>What config.json says; <see cref="Save"/> writes a change.</summary>
    public RuntimeConfig Config { get; }

    /// <summary>The absolute path of a name in the bundle's directory.</summary>
    public string this[string name] => _directory[name];

    /// <summary>Changes the config and writes it.</summary>
    public Bundle With(Action<RuntimeConfig> change)
    {
        change(Config);
        return Save();
    }

    /// <summary>Writes config.json from <see cref="Config"/>.</summary>
    public Bundle Save()
    {
        File.WriteAllBytes(this["config.json"], ConfigFile.Write(Config, indented: true));
        return this;
    }

    /// <summary>Writes config.json as it is given, valid or not.</summary>
    public Bundle WriteConfig(string json)
    {
        File.WriteAllText(this["config.json"], json);
        return this;
    }

    public void Dispose() => _directory.Dispose();
}
