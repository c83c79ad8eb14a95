using OciSpec;
using Runtime.Linux;
using Runtime.Namespaces.Plan;
using static Runtime.Linux.Abi;

namespace Runtime.Namespaces.Builder;

public sealed partial class LaunchPlanBuilder
{
    private Slot _command;

    private void MakeWorkingDirectory()
    {
        if (_process.Cwd is { Length: > 1 } cwd)
        {
            _writer.From("/process/cwd", $"make {cwd}", HintKind.WorkingDirectory);
            ReachOrMake(cwd, folder: true);
        }
    }

    /// <summary>
    /// chdir(2) as root, and where only the user may go there (a network filesystem that distrusts root), as the user.
    /// Whatever /process/cwd names, the working directory must lie inside the new root: getcwd(2) tells.
    /// </summary>
    private void ChangeToWorkingDirectory(bool firstTry)
    {
        string cwd = _process.Cwd ?? "/";
        _writer.From("/process/cwd", $"change to {cwd}", HintKind.WorkingDirectory);
        Argument path = _writer.Text(cwd);
        if (firstTry)
        {
            _cwdReached = _writer.NewSlot();
            _writer.Call(_cwdReached, SyscallNumber.chdir, path).Ignore(Errno.EACCES).Ignore(Errno.EPERM);
            return;
        }

        Label reached = _writer.NewLabel();
        _writer.Add(OperationCode.JumpIfSet, Slot.None, 0, _cwdReached).Then(reached);
        _writer.Call(SyscallNumber.chdir, path);
        _writer.Mark(reached);
        Argument room = _writer.Room(4096 + 8);
        _writer.Call(SyscallNumber.getcwd, room, 4096);
        _writer.Add(OperationCode.Test, Slot.None, 0, room, 0xffL, (long)'/', (int)Errno.EXDEV);
    }

    private Slot _cwdReached;

    /// <summary>The command's path: args[0] itself, or the first file of that name in PATH that the user may execute.</summary>
    private void FindCommand()
    {
        _hostsBlob = _writer.BlobLength;
        if (_config.Process is null)
        {
            return;
        }

        string name = _process.Args![0];
        bool search = !name.Contains('/', StringComparison.Ordinal);
        _writer.Tag(OperationTag.Exec);
        _writer.From("/process/args/0", $"exec: \"{name}\"", search ? HintKind.CommandInPath : HintKind.Command);
        _command = _writer.NewSlot();
        Slot refused = _writer.NewSlot();
        Label found = _writer.NewLabel();
        if (!search && EntersPid && InProc(name))
        {
            // In the pid namespace that is entered last it may be another file: execve(2) tells.
            _writer.Add(OperationCode.Set, _command, 0, _writer.Text(name)).Then(found);
        }
        else if (!search)
        {
            TryCommand(name, refused, found, null);
        }
        else
        {
            foreach (string folder in SearchPath().Split(':'))
            {
                Label next = _writer.NewLabel();
                TryCommand((folder.Length == 0 ? "." : folder) + "/" + name, refused, found, next);
                _writer.Mark(next);
            }

            Label missing = _writer.NewLabel();
            Label denied = _writer.NewLabel();
            _writer.Add(OperationCode.JumpIfSet, Slot.None, 0, refused).Then(denied);
            _writer.Jump(missing);
            _writer.Mark(denied);
            _writer.Fail(Errno.EACCES);
            _writer.Mark(missing);
            _writer.Fail(Errno.ENOENT);
        }

        _writer.Mark(found);
        _writer.Tag(OperationTag.Setup);
    }

    private bool InProc(string name) =>
        Parts((name[0] == '/' ? string.Empty : _process.Cwd + "/") + name) is ["proc", ..];

    private void TryCommand(string path, Slot refused, Label found, Label? next)
    {
        Argument text = _writer.Text(path);
        Argument status = _writer.Room(256);
        PlanWriter.Step exists = _writer.Call(SyscallNumber.statx, AT_FDCWD, text, 0, STATX_TYPE, status);
        PlanWriter.Step regular = _writer.Add(OperationCode.Test, Slot.None, 0, PlanWriter.Inside(status, StatxMode), (long)S_IFMT, (long)S_IFREG, (int)Errno.EACCES);
        Label noAccess = _writer.NewLabel();
        PlanWriter.Step executable = _writer.Call(SyscallNumber.faccessat2, AT_FDCWD, text, X_OK, AT_EACCESS);
        _writer.Add(OperationCode.Set, _command, 0, text).Then(found);
        if (next is Label other)
        {
            exists.OnAny(other);
            regular.OnAny(other);
            executable.OnAny(noAccess);
            _writer.Mark(noAccess);
            _writer.Add(OperationCode.Set, refused, 0, 1);
        }
    }

    private string SearchPath()
    {
        string path = string.Empty;
        foreach (string variable in _process.Env ?? [])
        {
            if (variable.StartsWith("PATH=", StringComparison.Ordinal))
            {
                path = variable[5..];
            }
        }

        return path;
    }

    private List<string> Environment()
    {
        List<string> environment = LastOfEachName(_process.Env ?? []);
        if (_inputs.ListenFds > 0)
        {
            // sd_listen_fds(3): the command is process 1 of its pid namespace, or is taken for it, as runc does.
            environment = LastOfEachName([.. environment, $"LISTEN_FDS={_inputs.ListenFds}", "LISTEN_PID=1"]);
        }

        if (environment.Exists(v => v.StartsWith("HOME=", StringComparison.Ordinal) && v.Length > 5))
        {
            return environment;
        }

        // environ(7): HOME comes from the guest's own list of users, as a login would have it.
        return [.. environment.FindAll(v => !v.StartsWith("HOME=", StringComparison.Ordinal)), "HOME=" + GuestHome.Find(_inputs.Exec is null ? _config.Mounts : null, GuestRootPath, _process.User?.Uid ?? 0)];
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

    private void Execute()
    {
        if (_inputs.LimitsInside)
        {
            SetLimitsInside();
        }

        if (_config.Process is null)
        {
            _writer.Tag(OperationTag.Exec);
            _writer.From("/process", "run nothing");
            _writer.Fail(Errno.ENOEXEC);
            return;
        }

        LoadSeccompLate();
        _writer.Tag(OperationTag.Exec);
        _writer.From("/process/args/0", $"exec: \"{_process.Args![0]}\"", _process.Args![0].Contains('/', StringComparison.Ordinal) ? HintKind.Command : HintKind.CommandInPath);
        _writer.Call(SyscallNumber.execve, _command, _writer.TextArray(_process.Args), _writer.TextArray(Environment()));
    }
}
