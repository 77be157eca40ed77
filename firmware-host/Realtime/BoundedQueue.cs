namespace Edge.Realtime;

/// <summary>
/// A bounded first-in first-out ring with any number of writers and readers; neither side ever waits or allocates.
/// Each cell carries the turn it is ready for (D. Vyukov, "Bounded MPMC queue", 1024cores.net).
/// </summary>
/// <typeparam name="T">A small plain value.</typeparam>
public sealed class BoundedQueue<T>
    where T : struct
{
    private readonly Cell[] _cells;
    private readonly long _mask;
    private long _head;
    private long _tail;

    /// <summary>Makes the ring; the capacity is a power of two.</summary>
    public BoundedQueue(int capacity)
    {
        if (capacity < 2 || (capacity & (capacity - 1)) != 0)
            throw new ArgumentOutOfRangeException(nameof(capacity), capacity, "The capacity must be a power of two, at least 2.");
        _cells = new Cell[capacity];
        _mask = capacity - 1;
        for (var i = 0; i < capacity; i++)
            _cells[i].Turn = i;
    }

    /// <summary>Appends; false when the ring is full.</summary>
    public bool TryAdd(in T item)
    {
        while (true)
        {
            var tail = Volatile.Read(ref _tail);
            ref var cell = ref _cells[tail & _mask];
            var ahead = Volatile.Read(ref cell.Turn) - tail;
            if (ahead < 0)
                return false;
            if (ahead > 0 || Interlocked.CompareExchange(ref _tail, tail + 1, tail) != tail)
                continue; // another writer was faster

            cell.Item = item;
            Volatile.Write(ref cell.Turn, tail + 1);
            return true;
        }
    }

    /// <summary>Takes the oldest; false when there is none.</summary>
    public bool TryTake(out T item)
    {
        while (true)
        {
            var head = Volatile.Read(ref _head);
            ref var cell = ref _cells[head & _mask];
            var ahead = Volatile.Read(ref cell.Turn) - (head + 1);
            if (ahead < 0)
            {
                item = default;
                return false;
            }

            if (ahead > 0 || Interlocked.CompareExchange(ref _head, head + 1, head) != head)
                continue; // another reader was faster

            item = cell.Item;
            Volatile.Write(ref cell.Turn, head + _mask + 1);
            return true;
        }
    }

    private struct Cell
    {
        public long Turn;
        public T Item;
    }
}
