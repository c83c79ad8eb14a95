namespace CctlImages.Commands;

/// <summary>What <c>cctl</c> has this program do: one word, and the request that goes with it.</summary>
internal static class CommandTable
{
    /// <summary>Carries out a request.</summary>
    /// <returns>The exit status.</returns>
    internal static int Run(string[] args)
    {
        switch (args)
        {
            default:
                Console.Error.WriteLine("cctl-images: it is cctl's helper for images: run cctl pull, push, load, save and their like");
                return 1;
        }
    }
}
