using System.Runtime.CompilerServices;

namespace Edge.Realtime;

/// <summary>
/// One writer, any number of readers, one value: the writer never waits, a reader retries while a write is under way.
/// For the control loop's snapshots, which go to readers of lower priority.
/// </summary>
/// <typeparam name="T">A plain value of any size.</typeparam>
public sealed class Seqlock<T>
    where T : unmanaged
{
    private T _value;
    private long _sequence; // odd while a write is under way

    /// <summary>Replaces the value. Only one thread may call this.</summary>
    public void Write(in T value)
    {
        Volatile.Write(ref _sequence, _sequence + 1);
        Thread.MemoryBarrier();
        _value = value;
        Thread.MemoryBarrier();
        Volatile.Write(ref _sequence, _sequence + 1);
    }

    /// <summary>Copies the newest complete value; returns how many values were ever written (0: none yet).</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public long Read(out T value)
    {
        var spin = new SpinWait();
        while (true)
        {
            var before = Volatile.Read(ref _sequence);
            if ((before & 1) == 0)
            {
                Thread.MemoryBarrier();
                value = _value;
                Thread.MemoryBarrier();
                if (Volatile.Read(ref _sequence) == before)
                    return before >> 1;
            }

            spin.SpinOnce(sleep1Threshold: -1);
        }
    }
}
