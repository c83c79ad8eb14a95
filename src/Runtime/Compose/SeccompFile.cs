using OciSpec;
using Runtime.Linux;

namespace Runtime.Compose;

/// <summary>A filter of a person's own, as the specification has it (config-linux.md, seccomp).</summary>
internal static class SeccompFile
{
    /// <summary>Reads it.</summary>
    /// <exception cref="ContainerException">It cannot be read, or is none.</exception>
    public static LinuxSeccomp Read(string path)
    {
        Errno errno = FileText.TryRead(Abi.AT_FDCWD, path, out byte[] bytes);
        if (errno != Errno.OK)
        {
            throw new ContainerException($"--security-opt seccomp={path}: read {path}: {errno.Name()}: {errno.Meaning()}");
        }

        byte[] config = [.. """{"linux":{"seccomp":"""u8, .. bytes, .. "}}"u8];
        try
        {
            return ConfigFile.Parse(config).Linux!.Seccomp ?? throw new ContainerException($"--security-opt seccomp={path}: it is no filter");
        }
        catch (ConfigException e)
        {
            throw new ContainerException($"--security-opt seccomp={path}: {e.Message}");
        }
    }
}
