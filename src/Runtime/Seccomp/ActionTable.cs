namespace Runtime.Seccomp;

/// <summary>The distinct values that a filter returns; number 0 is the default action.</summary>
internal sealed class ActionTable
{
    private uint[] _values = new uint[8];
    private int _count = 1;

    internal ActionTable(uint defaultAction) => _values[0] = defaultAction;

    internal uint this[int number] => _values[number];

    /// <summary>The number of a value.</summary>
    internal int NumberOf(uint value)
    {
        for (int i = 0; i < _count; i++)
        {
            if (_values[i] == value)
            {
                return i;
            }
        }

        if (_count == _values.Length)
        {
            Array.Resize(ref _values, _count * 2);
        }

        _values[_count] = value;
        return _count++;
    }
}
