using Runtime.Linux;
using Runtime.Namespaces.Plan;
using Runtime.Namespaces.Resolution;
using static Runtime.Linux.Abi;

namespace Runtime.Namespaces.Builder.Parts;

/// <summary>The working directory, the command and its environment.</summary>
internal sealed class CommandPart(PlanScope scope) : LaunchPart(scope)
{
    private Slot _command;
    private Slot _cwdReached;

    /// <summary>What the blob holds up to here was needed of the host; what is behind it the command needs.</summary>
    public int HostsBlob { get; private set; }

    public void MakeWorkingDirectory()
    {
        if (Process.Cwd is { Length: > 1 } cwd)
        {
            Writer.From("/process/cwd", $"make {cwd}", HintKind.WorkingDirectory);
            ReachOrMake(cwd, directory: true);
        }
    }

    /// <summary>
    /// chdir(2) as root, and where only the user may go there (a network filesystem that distrusts root), as the user.
    /// Whatever /process/cwd names, the working directory must lie inside the new root: getcwd(2) tells.
    /// </summary>
    public void ChangeToWorkingDirectory(bool firstTry)
    {
        string cwd = Process.Cwd ?? "/";
        Writer.From("/process/cwd", $"change to {cwd}", HintKind.WorkingDirectory);
        Argument path = Writer.Text(cwd);
        if (firstTry)
        {
            _cwdReached = Writer.NewSlot();
            Writer.Call(_cwdReached, SyscallNumber.chdir, path).Ignore(Errno.EACCES).Ignore(Errno.EPERM);
            return;
        }

        Label reached = Writer.NewLabel();
        Writer.Add(OperationCode.JumpIfSet, Slot.None, 0, _cwdReached).Then(reached);
        Writer.Call(SyscallNumber.chdir, path);
        Writer.Mark(reached);
        Argument room = Writer.Room(4096 + 8);
        Writer.Call(SyscallNumber.getcwd, room, 4096);
        Writer.Add(OperationCode.Test, Slot.None, 0, room, 0xffL, (long)'/', (int)Errno.EXDEV);
    }

    /// <summary>The command's path: args[0] itself, or the first file of that name in PATH that the user may execute.</summary>
    public void Find()
    {
        HostsBlob = Writer.BlobLength;
        if (Config.Process is null)
        {
            return;
        }

        string name = Process.Args![0];
        bool search = !name.Contains('/', StringComparison.Ordinal);
        Writer.Tag(OperationTag.Exec);
        Writer.From("/process/args/0", $"exec: \"{name}\"", search ? HintKind.CommandInPath : HintKind.Command);
        _command = Writer.NewSlot();
        Slot refused = Writer.NewSlot();
        Label found = Writer.NewLabel();
        if (!search && Scope.EntersPid && InProc(name))
        {
            // In the pid namespace that is entered last it may be another file: execve(2) tells.
            Writer.Add(OperationCode.Set, _command, 0, Writer.Text(name)).Then(found);
        }
        else if (!search)
        {
            TryCommand(name, refused, found, null);
        }
        else
        {
            foreach (string directory in SearchPath().Split(':'))
            {
                Label next = Writer.NewLabel();
                TryCommand((directory.Length == 0 ? "." : directory) + "/" + name, refused, found, next);
                Writer.Mark(next);
            }

            Label missing = Writer.NewLabel();
            Label denied = Writer.NewLabel();
            Writer.Add(OperationCode.JumpIfSet, Slot.None, 0, refused).Then(denied);
            Writer.Jump(missing);
            Writer.Mark(denied);
            Writer.Fail(Errno.EACCES);
            Writer.Mark(missing);
            Writer.Fail(Errno.ENOENT);
        }

        Writer.Mark(found);
        Writer.Tag(OperationTag.Setup);
    }

    private bool InProc(string name) =>
        GuestPath.Parts((name[0] == '/' ? string.Empty : Process.Cwd + "/") + name) is ["proc", ..];

    private void TryCommand(string path, Slot refused, Label found, Label? next)
    {
        Argument text = Writer.Text(path);
        Argument status = StatusRoom();
        PlanWriter.Step exists = Writer.Call(SyscallNumber.statx, AT_FDCWD, text, 0, STATX_TYPE, status);
        PlanWriter.Step regular = Writer.Add(OperationCode.Test, Slot.None, 0, PlanWriter.Inside(status, StatxMode), (long)S_IFMT, (long)S_IFREG, (int)Errno.EACCES);
        Label noAccess = Writer.NewLabel();
        PlanWriter.Step executable = Writer.Call(SyscallNumber.faccessat2, AT_FDCWD, text, X_OK, AT_EACCESS);
        Writer.Add(OperationCode.Set, _command, 0, text).Then(found);
        if (next is Label other)
        {
            exists.OnAny(other);
            regular.OnAny(other);
            executable.OnAny(noAccess);
            Writer.Mark(noAccess);
            Writer.Add(OperationCode.Set, refused, 0, 1);
        }
    }

    private string SearchPath()
    {
        string path = string.Empty;
        foreach (string variable in Process.Env ?? [])
        {
            if (variable.StartsWith("PATH=", StringComparison.Ordinal))
            {
                path = variable[5..];
            }
        }

        return path;
    }

    public List<string> Environment()
    {
        List<string> environment = LastOfEachName(Process.Env ?? []);
        if (Inputs.ListenFds > 0)
        {
            // sd_listen_fds(3): the command is process 1 of its pid namespace, or is taken for it, as runc does.
            environment = LastOfEachName([.. environment, $"LISTEN_FDS={Inputs.ListenFds}", "LISTEN_PID=1"]);
        }

        return Resolved.Home is string home
            ? [.. environment.FindAll(v => !v.StartsWith("HOME=", StringComparison.Ordinal)), "HOME=" + home]
            : environment;
    }

    /// <summary>One entry a name, the last: of two, programs would take now the one and now the other (getenv(3) takes the first, shells the last).</summary>
    private static List<string> LastOfEachName(List<string> entries)
    {
        var kept = new List<string>(entries.Count + 1);
        for (int i = 0; i < entries.Count; i++)
        {
            if (!ComesAgain(entries, i))
            {
                kept.Add(entries[i]);
            }
        }

        return kept;
    }

    private static bool ComesAgain(List<string> entries, int index)
    {
        ReadOnlySpan<char> name = entries[index].AsSpan(0, entries[index].IndexOf('=', StringComparison.Ordinal) + 1);
        for (int i = index + 1; i < entries.Count; i++)
        {
            if (name.Length > 0 && entries[i].AsSpan().StartsWith(name, StringComparison.Ordinal))
            {
                return true;
            }
        }

        return false;
    }

    public void Execute(SeccompPart seccomp)
    {
        if (Config.Process is null)
        {
            Writer.Tag(OperationTag.Exec);
            Writer.From("/process", "run nothing");
            Writer.Fail(Errno.ENOEXEC);
            return;
        }

        seccomp.LoadLate();
        Writer.Tag(OperationTag.Exec);
        Writer.From("/process/args/0", $"exec: \"{Process.Args![0]}\"", Process.Args![0].Contains('/', StringComparison.Ordinal) ? HintKind.Command : HintKind.CommandInPath);
        Writer.Call(SyscallNumber.execve, _command, Writer.TextArray(Process.Args), Writer.TextArray(Environment()));
    }
}
