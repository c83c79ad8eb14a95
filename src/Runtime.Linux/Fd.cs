namespace Runtime.Linux;

/// <summary>
/// An open file descriptor and its owner: whoever holds the object closes it, once. It has no finalizer: a launch is
/// over before one would run, and a descriptor that is closed behind its user's back is worse than one that leaks.
/// </summary>
public sealed class Fd : IDisposable
{
    private int _number;

    /// <summary>Takes ownership of <paramref name="number"/>.</summary>
    public Fd(int number) => _number = number;

    /// <summary>The descriptor's number.</summary>
    /// <exception cref="ObjectDisposedException">It was closed or given away.</exception>
    public int Number => _number >= 0 ? _number : throw new ObjectDisposedException(nameof(Fd));

    /// <summary>Gives the ownership to the caller: this object no longer closes the descriptor.</summary>
    public int Release()
    {
        int number = Number;
        _number = -1;
        return number;
    }

    /// <summary>Closes the descriptor; a second time it does nothing. See close(2).</summary>
    public void Dispose()
    {
        if (_number >= 0)
        {
            Sys.Close(_number);
            _number = -1;
        }
    }
}
