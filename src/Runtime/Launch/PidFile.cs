using System.Globalization;
using System.Text;
using Runtime.Linux;
using static Runtime.Linux.Abi;

namespace Runtime.Launch;

/// <summary>The file of `--pid-file`: a pid in decimal, written as one step.</summary>
internal static class PidFile
{
    /// <summary>Makes or replaces the file.</summary>
    public static void Write(string file, int pid)
    {
        string path = Path.GetFullPath(file);
        using Fd parent = Sys.OpenAt(AT_FDCWD, Path.GetDirectoryName(path) ?? "/", O_RDONLY | O_DIRECTORY);
        FileText.Replace(parent.Number, Path.GetFileName(path), Encoding.ASCII.GetBytes(pid.ToString(CultureInfo.InvariantCulture)), 0x1a4);
    }
}
