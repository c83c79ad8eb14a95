namespace Runtime.Namespaces.Plan;

/// <summary>A numbered place that takes the result of one operation, for later ones to use.</summary>
/// <param name="Index">Its number.</param>
public readonly record struct Slot(short Index)
{
    /// <summary>For results that nobody needs.</summary>
    public static Slot None => new(-1);
}

/// <summary>A place in the plan to jump to.</summary>
/// <param name="Index">Its number among the labels.</param>
public readonly record struct Label(int Index);

/// <summary>An argument of an operation: a number, a slot, or something in the blob.</summary>
/// <param name="Kind">How to read the value.</param>
/// <param name="Value">The number, the slot's index or the offset in the blob.</param>
public readonly record struct Argument(ArgumentKind Kind, long Value)
{
    /// <summary>A number.</summary>
    public static implicit operator Argument(long value) => new(ArgumentKind.Immediate, value);

    /// <summary>A number.</summary>
    public static implicit operator Argument(int value) => new(ArgumentKind.Immediate, value);

    /// <summary>A number without a sign.</summary>
    public static implicit operator Argument(uint value) => new(ArgumentKind.Immediate, value);

    /// <summary>The content of a slot.</summary>
    public static implicit operator Argument(Slot slot) => new(ArgumentKind.Slot, slot.Index);

    /// <summary>A set of flags.</summary>
    public static implicit operator Argument(ulong value) => new(ArgumentKind.Immediate, (long)value);

    /// <summary>The address of a slot, for the kernel to write to.</summary>
    public static Argument AddressOf(Slot slot) => new(ArgumentKind.SlotAddress, slot.Index);
}
