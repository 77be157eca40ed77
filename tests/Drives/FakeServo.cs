using Edge.Buses;

namespace Edge.Tests.Drives;

/// <summary>A Feetech servo on a serial line, written from the sheet for these tests.</summary>
internal sealed class FakeServo : IByteLink
{
    private readonly Queue<byte> _toHost = new();
    private readonly List<byte> _received = [];

    public FakeServo()
    {
        Memory[3] = 0x09;
        Memory[4] = 0x03;
        Memory[5] = 1;
        Memory[8] = 1;
        Memory[42] = 0x10;
    }

    public byte[] Memory { get; } = new byte[128];

    public List<string> Packets { get; } = [];

    public byte Error { get; set; }

    public bool Silent { get; set; }

    public bool Echo { get; set; }

    public bool Broken { get; set; }

    /// <summary>Said before every reply.</summary>
    public byte[] Noise { get; set; } = [];

    public bool Quiet { get; set; }

    public HashSet<int> ReadOnly { get; } = [];

    public int Goal => Memory[42] | (Memory[43] << 8);

    public void SetLoad(int raw) => (Memory[60], Memory[61]) = ((byte)raw, (byte)(raw >> 8));

    public int Read(Span<byte> buffer)
    {
        if (Broken)
            return -1;
        var count = Math.Min(buffer.Length, _toHost.Count);
        for (var i = 0; i < count; i++)
            buffer[i] = _toHost.Dequeue();
        return count;
    }

    public int Write(ReadOnlySpan<byte> data)
    {
        if (Broken)
            return -1;
        foreach (var value in data)
        {
            _received.Add(value);
            if (Echo)
                _toHost.Enqueue(value);
        }

        while (_received.Count >= 4 && _received.Count >= _received[3] + 4)
        {
            var packet = _received.ToArray()[..(_received[3] + 4)];
            _received.RemoveRange(0, packet.Length);
            if (!Quiet)
                Packets.Add(Convert.ToHexString(packet));
            Answer(packet);
        }

        return data.Length;
    }

    public void Say(ReadOnlySpan<byte> bytes)
    {
        foreach (var value in bytes)
            _toHost.Enqueue(value);
    }

    public void Dispose()
    {
    }

    private void Answer(byte[] packet)
    {
        if (Silent || packet[0] != 0xFF || packet[1] != 0xFF || packet[2] != Memory[5] || (byte)~packet[2..^1].Sum(b => b) != packet[^1])
            return;
        var parameters = packet[5..^1];
        byte[] data = [];
        switch (packet[4])
        {
            case 2:
                data = Memory.AsSpan(parameters[0], parameters[1]).ToArray();
                break;
            case 3:
                for (var i = 1; i < parameters.Length; i++)
                {
                    if (!ReadOnly.Contains(parameters[0] + i - 1))
                        Memory[parameters[0] + i - 1] = parameters[i];
                }

                break;
        }

        byte[] body = [Memory[5], (byte)(data.Length + 2), Error, .. data];
        Say(Noise);
        Say([0xFF, 0xFF, .. body, (byte)~body.Sum(b => b)]);
    }
}
