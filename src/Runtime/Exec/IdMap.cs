using System.Globalization;
using System.Text;
using Runtime.Linux;

namespace Runtime.Exec;

/// <summary>The mappings of a running process's user namespace (user_namespaces(7)), as the runtime's own namespace has the ids.</summary>
internal static class IdMap
{
    /// <summary>The user's id out here; null where the namespace does not map it.</summary>
    public static uint? ToHost(int pid, uint uid)
    {
        if (FileText.TryRead(Abi.AT_FDCWD, $"/proc/{pid}/uid_map", out byte[] bytes) != Errno.OK)
        {
            return null;
        }

        foreach (string line in Encoding.ASCII.GetString(bytes).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] numbers = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (numbers.Length == 3 && Number(numbers[0]) is uint first && Number(numbers[1]) is uint outside && Number(numbers[2]) is uint size
                && uid >= first && uid - first < size)
            {
                return outside + (uid - first);
            }
        }

        return null;
    }

    private static uint? Number(string text) => uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out uint number) ? number : null;
}
