using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Runtime.Linux;

namespace Runtime.Namespaces.Plan;

/// <summary>
/// Writes operations, their strings and structs. It writes the same plan twice to the byte: once to run it, and, when
/// one of its operations fails or somebody asks for an explanation, once more with the origins (<see cref="Describes"/>).
/// </summary>
public sealed partial class PlanWriter
{
    private Operation[] _operations = new Operation[512];
    private int _count;
    private byte[] _blob = new byte[16384];
    private int _blobLength = 8;
    private int _slots;
    private readonly List<int> _labels = new(64);
    private readonly List<(int At, int Target)> _addresses = new(64);
    private readonly List<Origin>? _origins;
    private readonly SortedDictionary<int, PlanPart>? _parts;
    private Origin _origin = new("", "", HintKind.None);
    private OperationTag _tag;

    /// <summary>Starts an empty plan.</summary>
    /// <param name="describes">Whether origins are wanted.</param>
    public PlanWriter(bool describes)
    {
        Describes = describes;
        _origins = describes ? [] : null;
        _parts = describes ? [] : null;
    }

    /// <summary>Whether origins are being written beside the operations.</summary>
    public bool Describes { get; }

    /// <summary>The number of operations so far.</summary>
    public int Count => _count;

    /// <summary>Where the blob begins.</summary>
    public Argument Start { get; } = new(ArgumentKind.Blob, 0);

    /// <summary>The bytes of the blob that the operations so far use.</summary>
    public int BlobLength => _blobLength;

    /// <summary>How many of them ask the runtime for something, and wait for its answer. A request that is written as system calls adds itself.</summary>
    public int Requests { get; set; }

    /// <summary>What the operations from here on come from.</summary>
    public void From(
        [InterpolatedStringHandlerArgument("")] OriginText pointer,
        [InterpolatedStringHandlerArgument("")] OriginText tried,
        HintKind hint = HintKind.None)
    {
        if (Describes)
        {
            _origin = new Origin(pointer.ToString(), tried.ToString(), hint);
        }
    }

    /// <summary>The part of the launch that the operations from here on belong to.</summary>
    public void Tag(OperationTag tag) => _tag = tag;

    /// <summary>A new slot.</summary>
    public Slot NewSlot() => new(checked((short)_slots++));

    /// <summary>A new label, not yet placed.</summary>
    public Label NewLabel()
    {
        _labels.Add(-1);
        return new Label(_labels.Count - 1);
    }

    /// <summary>Places a label before the next operation.</summary>
    public void Mark(Label label) => _labels[label.Index] = _count;

    /// <summary>A system call; its result goes to <paramref name="result"/>.</summary>
    public Step Call(Slot result, int number, Argument a0 = default, Argument a1 = default, Argument a2 = default, Argument a3 = default, Argument a4 = default, Argument a5 = default) =>
        Add(OperationCode.Syscall, result, number, a0, a1, a2, a3, a4, a5);

    /// <summary>A system call whose result nobody needs.</summary>
    public Step Call(int number, Argument a0 = default, Argument a1 = default, Argument a2 = default, Argument a3 = default, Argument a4 = default, Argument a5 = default) =>
        Add(OperationCode.Syscall, Slot.None, number, a0, a1, a2, a3, a4, a5);

    /// <summary>An operation of any other kind.</summary>
    public Step Add(OperationCode code, Slot result, int number, Argument a0 = default, Argument a1 = default, Argument a2 = default, Argument a3 = default, Argument a4 = default, Argument a5 = default)
    {
        if (_count == _operations.Length)
        {
            Array.Resize(ref _operations, _count * 2);
        }

        ref Operation operation = ref _operations[_count];
        operation.Code = code;
        operation.Tag = _tag;
        operation.Result = result.Index;
        operation.Number = number;
        operation.Kinds = (ushort)((int)a0.Kind | ((int)a1.Kind << 2) | ((int)a2.Kind << 4) | ((int)a3.Kind << 6) | ((int)a4.Kind << 8) | ((int)a5.Kind << 10));
        unsafe
        {
            // SAFETY: the fixed buffer has six places.
            operation.Arguments[0] = a0.Value;
            operation.Arguments[1] = a1.Value;
            operation.Arguments[2] = a2.Value;
            operation.Arguments[3] = a3.Value;
            operation.Arguments[4] = a4.Value;
            operation.Arguments[5] = a5.Value;
        }

        if (code is OperationCode.Request)
        {
            Requests++;
        }

        _origins?.Add(_origin);
        return new Step(this, _count++);
    }

    /// <summary>Goes on elsewhere.</summary>
    public void Jump(Label label) => Add(OperationCode.Set, Slot.None, 0).Then(label);

    /// <summary>Fails with this errno.</summary>
    public void Fail(Errno errno) => Add(OperationCode.Fail, Slot.None, 0, (int)errno);

    /// <summary>A NUL-terminated string in the blob.</summary>
    public Argument Text(string text)
    {
        int length = Encoding.UTF8.GetByteCount(text);
        int at = Reserve(length + 1, 1);
        Encoding.UTF8.GetBytes(text, _blob.AsSpan(at));
        _parts?.TryAdd(at, new PlanPart(length, $"\"{text}\""));
        return new Argument(ArgumentKind.Blob, at);
    }

    /// <summary>Bytes in the blob, aligned to 8.</summary>
    public Argument Bytes(ReadOnlySpan<byte> bytes)
    {
        int at = Reserve(bytes.Length, 8);
        bytes.CopyTo(_blob.AsSpan(at));
        _parts?.TryAdd(at, new PlanPart(bytes.Length, $"{{{bytes.Length} bytes}}"));
        return new Argument(ArgumentKind.Blob, at);
    }

    /// <summary>A struct of the kernel's interface in the blob.</summary>
    public Argument Struct<T>(in T value)
        where T : unmanaged
    {
        Argument part = Bytes(MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in value)));
        if (_parts is not null)
        {
            _parts[(int)part.Value] = new PlanPart(Unsafe.SizeOf<T>(), CallText.Struct(value) ?? $"{{{typeof(T).Name}}}");
        }

        return part;
    }

    /// <summary>Room in the blob for the kernel to write to, zeroed.</summary>
    public Argument Room(int bytes)
    {
        int at = Reserve(bytes, 8);
        _parts?.TryAdd(at, new PlanPart(bytes, $"{{{bytes} bytes}}"));
        return new Argument(ArgumentKind.Blob, at);
    }

    /// <summary>A NULL-terminated array of pointers to strings, as execve(2) takes it.</summary>
    public Argument TextArray(List<string> texts)
    {
        Argument array = Room((texts.Count + 1) * sizeof(long));
        for (int i = 0; i < texts.Count; i++)
        {
            Point(array, i * sizeof(long), Text(texts[i]));
        }

        if (_parts is not null)
        {
            _parts[(int)array.Value] = new PlanPart((texts.Count + 1) * sizeof(long), "[" + string.Join(", ", texts.ConvertAll(static t => $"\"{t}\"")) + "]");
        }

        return array;
    }

    /// <summary>The same of texts that each end with a NUL, as the kernel has a process's environment (proc(5), environ).</summary>
    public Argument TextArray(ReadOnlySpan<byte> texts)
    {
        int count = texts.Count((byte)0);
        Argument array = Room((count + 1) * sizeof(long));
        for (int i = 0; i < count; i++)
        {
            int length = texts.IndexOf((byte)0) + 1;
            Point(array, i * sizeof(long), Bytes(texts[..length]));
            texts = texts[length..];
        }

        return array;
    }

    /// <summary>Puts the address of one part of the blob into another.</summary>
    public void Point(Argument structure, int offset, Argument target) =>
        _addresses.Add(((int)structure.Value + offset, (int)target.Value));

    /// <summary>A place inside a part of the blob.</summary>
    public static Argument Inside(Argument part, int offset) => part with { Value = part.Value + offset };

    /// <summary>The finished plan. <paramref name="childStart"/> is the first operation that the child runs.</summary>
    public LaunchPlan Finish(int childStart)
    {
        ResolveLabels();
        return new LaunchPlan(_operations.AsSpan(0, _count), _blob.AsSpan(0, _blobLength), CollectionsMarshal.AsSpan(_addresses), _slots, childStart)
        {
            Origins = _origins,
            Parts = _parts,
        };
    }

    private int Reserve(int bytes, int alignment)
    {
        int at = (_blobLength + alignment - 1) & -alignment;
        int end = checked(at + bytes);
        if (end > _blob.Length)
        {
            Array.Resize(ref _blob, Math.Max(end, _blob.Length * 2));
        }

        _blobLength = end;
        return at;
    }

    private void ResolveLabels()
    {
        for (int i = 0; i < _count; i++)
        {
            ref Operation operation = ref _operations[i];
            operation.Next = Resolve(operation.Next);
            operation.Target0 = Resolve(operation.Target0);
            operation.Target1 = Resolve(operation.Target1);
        }
    }

    // While the plan is being written, a jump holds the label's number plus one, negated.
    private short Resolve(short target) => target < 0 ? checked((short)_labels[-target - 1]) : target;

    /// <summary>The operation just written, for what happens after it.</summary>
    public readonly struct Step
    {
        private readonly PlanWriter _writer;
        private readonly int _index;

        internal Step(PlanWriter writer, int index)
        {
            _writer = writer;
            _index = index;
        }

        /// <summary>After success, go on at <paramref name="label"/>.</summary>
        public Step Then(Label label)
        {
            _writer._operations[_index].Next = Jump(label);
            return this;
        }

        /// <summary>On this error, go on at <paramref name="label"/> as if nothing had happened.</summary>
        public Step On(Errno errno, Label label) => On((short)errno, Jump(label));

        /// <summary>On any error, go on at <paramref name="label"/>.</summary>
        public Step OnAny(Label label) => On(-1, Jump(label));

        /// <summary>This error does no harm.</summary>
        public Step Ignore(Errno errno) => On((short)errno, checked((short)(_index + 1)));

        /// <summary>No error does harm.</summary>
        public Step IgnoreAny() => On(-1, checked((short)(_index + 1)));

        private static short Jump(Label label) => checked((short)(-label.Index - 1));

        private Step On(short errno, short target)
        {
            ref Operation operation = ref _writer._operations[_index];
            if (operation.Errno0 == 0)
            {
                operation.Errno0 = errno;
                operation.Target0 = target;
            }
            else
            {
                operation.Errno1 = errno;
                operation.Target1 = target;
            }

            return this;
        }
    }
}
