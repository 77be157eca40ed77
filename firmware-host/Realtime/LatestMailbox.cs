namespace Edge.Realtime;

/// <summary>
/// One writer, one reader, newest value wins: a triple buffer of objects made once. Neither side ever waits or allocates.
/// </summary>
/// <typeparam name="T">A reusable message (a frame, a chunk).</typeparam>
public sealed class LatestMailbox<T>
    where T : class
{
    private const int FreshBit = 4;
    private readonly T[] _slots;
    private int _write;
    private int _read = 1;
    private int _shared = 2; // index of the slot between the two sides, with FreshBit when the reader has not seen it

    /// <summary>Makes the three slots.</summary>
    public LatestMailbox(Func<T> createSlot)
    {
        ArgumentNullException.ThrowIfNull(createSlot);
        _slots = [createSlot(), createSlot(), createSlot()];
    }

    /// <summary>The slot that the writer fills before <see cref="Publish"/>. Its old content is stale, not empty.</summary>
    public T WriteSlot => _slots[_write];

    /// <summary>Hands the written slot over. Only the writer calls this.</summary>
    public void Publish() => _write = Interlocked.Exchange(ref _shared, _write | FreshBit) & 3;

    /// <summary>Takes the newest message, which stays the reader's until its next successful take. False: nothing new.</summary>
    public bool TryTake(out T message)
    {
        if ((Volatile.Read(ref _shared) & FreshBit) == 0)
        {
            message = _slots[_read];
            return false;
        }

        _read = Interlocked.Exchange(ref _shared, _read) & 3;
        message = _slots[_read];
        return true;
    }
}
