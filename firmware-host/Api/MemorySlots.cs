namespace Edge.Api;

/// <summary>The memory slots that a call may name: <c>memory(First)</c> to <c>memory(Last)</c>. The ring keeps the newest calls of a task, so they are consecutive.</summary>
/// <param name="First">At least 1.</param>
/// <param name="Last">Less than <paramref name="First"/>: there are none.</param>
public readonly record struct MemorySlots(int First, int Last)
{
    /// <summary>Highest slot number that the grammar knows.</summary>
    public const int Highest = 9999;

    /// <summary>No slot: only image points can be written.</summary>
    public static MemorySlots None { get; } = new(1, 0);

    /// <summary>Every slot that the grammar knows: for calls that were written when theirs existed.</summary>
    public static MemorySlots All { get; } = new(1, Highest);

    /// <summary>How many there are.</summary>
    public int Count => Math.Max(0, Last - First + 1);

    /// <summary>True when the slot may be named.</summary>
    public bool Contains(int slot) => slot >= First && slot <= Last;
}
