using System.Globalization;
using Runtime.Linux;

namespace Runtime.Cgroups;

public sealed partial class Cgroup
{
    /// <summary>Bytes of memory that its processes use now (memory.current); null where the controller is not there.</summary>
    public long? MemoryUsage() =>
        long.TryParse(FileText.TryReadString(Directory.Number, "memory.current")?.TrimEnd(), NumberStyles.None, CultureInfo.InvariantCulture, out long usage) ? usage : null;
}
