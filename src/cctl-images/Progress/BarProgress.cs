using OciSpec.Image;
using Runtime.Images.Fetch;
using Spectre.Console;

namespace CctlImages.Progress;

/// <summary>A bar for each layer with what has come of it, the total and the rate, on a terminal at standard error.</summary>
internal sealed class BarProgress : IProgressView
{
    private readonly Lock _lock = new();
    private readonly List<Layer> _layers = [];
    private readonly List<string> _warnings = [];
    private readonly ManualResetEventSlim _end = new();
    private Thread? _drawing;

    public void Layers(IReadOnlyList<(ContentDigest Blob, long Bytes)> layers)
    {
        foreach ((ContentDigest blob, long bytes) in layers.DistinctBy(l => l.Blob))
        {
            _layers.Add(new Layer(blob, Math.Max(1, bytes)));
        }

        _drawing = new Thread(Draw);
        _drawing.Start();
    }

    public void Fetched(ContentDigest blob, long bytes) => Change(blob, l => l.Fetched = bytes);

    public void Became(ContentDigest blob, LayerState state) => Change(blob, l => l.State = state);

    public void Warn(string message)
    {
        lock (_lock)
        {
            _warnings.Add(message);
        }
    }

    public void Dispose()
    {
        _end.Set();
        _drawing?.Join();
        _drawing = null;
        _warnings.ForEach(w => Console.Error.WriteLine("cctl: warning: " + w));
        _warnings.Clear();
    }

    private void Change(ContentDigest blob, Action<Layer> change)
    {
        lock (_lock)
        {
            if (_layers.Find(l => l.Blob == blob) is { } layer)
            {
                change(layer);
            }
        }
    }

    private void Draw()
    {
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        console.Progress().AutoRefresh(true).Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new DownloadedColumn(), new TransferSpeedColumn()).Start(context =>
        {
            ProgressTask[] tasks = [.. _layers.Select(l => context.AddTask(l.Text, maxValue: l.Bytes))];
            do
            {
                Update(tasks);
            }
            while (!_end.Wait(100));
            Update(tasks);
        });
    }

    private void Update(ProgressTask[] tasks)
    {
        lock (_lock)
        {
            for (int i = 0; i < tasks.Length; i++)
            {
                tasks[i].Description = _layers[i].Text;
                tasks[i].Value = _layers[i].State is LayerState.Done or LayerState.AlreadyThere or LayerState.Unpacking ? _layers[i].Bytes : _layers[i].Fetched;
            }
        }
    }

    private sealed class Layer(ContentDigest blob, long bytes)
    {
        internal ContentDigest Blob => blob;

        internal long Bytes => bytes;

        internal long Fetched { get; set; }

        internal LayerState? State { get; set; }

        internal string Text => $"{blob.Short} {State switch
        {
            LayerState.Waiting => "waiting for another pull",
            LayerState.Fetching => "fetching",
            LayerState.Unpacking => "unpacking",
            LayerState.Done => "done",
            LayerState.AlreadyThere => "already there",
            _ => "queued",
        }}";
    }
}
