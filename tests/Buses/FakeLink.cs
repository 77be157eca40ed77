using Edge.Buses;

namespace Edge.Tests.Buses;

/// <summary>A byte link whose far end is the test: what it hears, what it says, how much it takes at a time.</summary>
internal sealed class FakeLink : IByteLink
{
    private readonly Queue<byte> _toHost = new();

    public List<byte> Heard { get; } = [];

    public List<int> WriteSizes { get; } = [];

    public int MaxWrite { get; set; } = int.MaxValue;

    public int MaxRead { get; set; } = int.MaxValue;

    public bool Broken { get; set; }

    public bool Disposed { get; private set; }

    public Action? Written { get; set; }

    public string HeardText => System.Text.Encoding.ASCII.GetString([.. Heard]);

    public void Say(ReadOnlySpan<byte> bytes)
    {
        foreach (var value in bytes)
            _toHost.Enqueue(value);
    }

    public void Say(string text) => Say(System.Text.Encoding.ASCII.GetBytes(text));

    public int Read(Span<byte> buffer)
    {
        if (Broken)
            return -1;
        var count = Math.Min(Math.Min(buffer.Length, _toHost.Count), MaxRead);
        for (var i = 0; i < count; i++)
            buffer[i] = _toHost.Dequeue();
        return count;
    }

    public int Write(ReadOnlySpan<byte> data)
    {
        if (Broken)
            return -1;
        var count = Math.Min(data.Length, MaxWrite);
        Heard.AddRange(data[..count]);
        WriteSizes.Add(count);
        Written?.Invoke();
        return count;
    }

    public void Dispose() => Disposed = true;
}
