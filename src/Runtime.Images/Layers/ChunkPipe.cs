namespace Runtime.Images.Layers;

/// <summary>
/// Hands bytes from one thread to another, a chunk at a time: the one inflates while the other writes files. The reader gets what
/// the writer failed with.
/// </summary>
internal sealed class ChunkPipe : ForwardStream
{
    private const int ChunkBytes = 128 << 10;
    private const int Chunks = 3;

    private readonly byte[][] _chunks = new byte[Chunks][];
    private readonly int[] _lengths = new int[Chunks];
    private readonly SemaphoreSlim _free = new(Chunks);
    private readonly SemaphoreSlim _full = new(0);
    private int _writing;
    private int _reading = -1;
    private int _position;
    private bool _ended;
    private volatile bool _abandoned;
    private Exception? _failure;

    /// <summary>The writer's side: fills chunks from a stream until its end, or until the reader is gone.</summary>
    internal void Fill(Stream source)
    {
        try
        {
            int length;
            do
            {
                _free.Wait();
                if (_abandoned)
                {
                    return;
                }

                byte[] chunk = _chunks[_writing] ??= new byte[ChunkBytes];
                length = source.ReadAtLeast(chunk, ChunkBytes, throwOnEndOfStream: false);
                Hand(length);
            }
            while (length > 0);
        }
        catch (Exception e)
        {
            _failure = e; // The reader's to throw.
            Hand(0);
        }
    }

    /// <summary>Lets the writer end early: the reader takes no more.</summary>
    internal void Abandon()
    {
        _abandoned = true;
        _free.Release();
    }

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        if (_ended)
        {
            return 0;
        }

        if (_reading < 0 || _position == _lengths[_reading])
        {
            NextChunk();
            if (_ended)
            {
                return _failure is null ? 0 : throw _failure;
            }
        }

        int length = Math.Min(buffer.Length, _lengths[_reading] - _position);
        _chunks[_reading].AsSpan(_position, length).CopyTo(buffer);
        _position += length;
        return length;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _free.Dispose();
        _full.Dispose();
        base.Dispose(disposing);
    }

    private void Hand(int length)
    {
        _lengths[_writing] = length;
        _writing = (_writing + 1) % Chunks;
        _full.Release();
    }

    private void NextChunk()
    {
        if (_reading >= 0)
        {
            _free.Release();
        }

        _full.Wait();
        _reading = (_reading + 1) % Chunks;
        _position = 0;
        _ended = _lengths[_reading] == 0;
    }
}
