using OciSpec;
using Runtime.Images;
using Runtime.Images.Tar;
using Runtime.Linux;
using Tmds.Linux;

namespace CctlImages.Commands;

/// <summary>What <c>cctl</c> has this program do.</summary>
internal static class CommandTable
{
    private const int Failure = 1;

    /// <summary>Carries out a request.</summary>
    /// <returns>The exit status.</returns>
    internal static int Run(string[] args)
    {
        if (Request.Parse(args) is not { } request)
        {
            Report("cctl-images is cctl's helper for images: run cctl pull, push, load, save and their like");
            return Failure;
        }

        _ = LibC.umask(0); // Modes are the layers' own.
        try
        {
            return Run(request);
        }
        catch (Exception e) when (e is ImageException or ConfigException or TarException or SyscallException)
        {
            Report(e.Message);
            return Failure;
        }
        catch (Exception e)
        {
            Report($"internal error: {e.GetType().Name}: {e.Message}: please report it with the output of --debug");
            if (request.Has("debug"))
            {
                Console.Error.WriteLine(e);
            }

            return Failure;
        }
    }

    private static int Run(Request request) => request.Command switch
    {
        "load" => LoadCommand.Run(request),
        "import" => ImportCommand.Run(request),
        "pull" => PullCommand.Run(request),
        "push" => PushCommand.Run(request),
        "login" => LoginCommand.Login(request),
        "logout" => LoginCommand.Logout(request),
        "save" => SaveCommand.Run(request),
        "check" => CheckCommand.Run(request),
        _ => throw new ImageException($"internal error: cctl-images has no command \"{request.Command}\": cctl and cctl-images are of different versions"),
    };

    // Nothing that a terminal would obey gets through.
    private static void Report(string message) =>
        Console.Error.WriteLine("cctl: " + SafeText.Of(message.ReplaceLineEndings(" ")));
}
