using System.Security.Cryptography;
using Integration.Tests.Harness;

namespace Integration.Tests.Images;

/// <summary>An image of several layers, each a tarball that a shell command fills, as `docker save` would write it.</summary>
internal static class BuiltImage
{
    /// <summary>Makes it, and loads it into the store.</summary>
    /// <param name="store">The store.</param>
    /// <param name="name">The image's name.</param>
    /// <param name="config">The image's config section, as JSON.</param>
    /// <param name="layers">For each layer what a shell does in its empty directory, from the lowest to the highest.</param>
    public static void Load(ImageStoreFixture store, string name, string config, params string[] layers)
    {
        using var work = new TempDir();
        var files = new List<string>();
        var diffIds = new List<string>();
        for (int i = 0; i < layers.Length; i++)
        {
            string tar = work[$"{i}.tar"];
            Directory.CreateDirectory(work[$"tree{i}"]);
            Command.Run("bash", "-ec", $"cd '{work[$"tree{i}"]}'; {layers[i]}\n tar --xattrs -cf '{tar}' .").MustSucceed();
            files.Add($"{i}.tar");
            diffIds.Add("sha256:" + Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(tar))));
        }

        string ids = string.Join(", ", diffIds.Select(d => $"\"{d}\""));
        File.WriteAllText(work["config.json"], $$"""{"architecture": "{{Architecture}}", "os": "linux", "config": {{config}}, "rootfs": {"type": "layers", "diff_ids": [{{ids}}] } }""");
        File.WriteAllText(work["manifest.json"], $$"""[{"Config": "config.json", "RepoTags": ["{{name}}"], "Layers": [{{string.Join(", ", files.Select(f => $"\"{f}\""))}}]}]""");
        Command.Run("tar", ["-C", work.Path, "-cf", work["image.tar"], "manifest.json", "config.json", .. files]).MustSucceed();
        store.Run("load", "-q", "-i", work["image.tar"]).MustSucceed();
    }

    /// <summary>What a layer with busybox and lists of users is filled by.</summary>
    public static string Busybox(TempDir directory)
    {
        string root = directory["busybox-root"];
        if (!Directory.Exists(root))
        {
            Harness.Busybox.MakeRoot(root);
        }

        return $"cp -a '{root}/.' .";
    }

    private static string Architecture => System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture == System.Runtime.InteropServices.Architecture.Arm64 ? "arm64" : "amd64";
}
