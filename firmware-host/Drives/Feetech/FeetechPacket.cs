namespace Edge.Drives.Feetech;

/// <summary>Packets of the Feetech STS bus: <c>FF FF id length (instruction | error) parameters sum</c>, 16-bit values little-endian.</summary>
public static class FeetechPacket
{
    /// <summary>Instruction: is somebody there.</summary>
    public const byte Ping = 1;

    /// <summary>Instruction: read bytes.</summary>
    public const byte Read = 2;

    /// <summary>Instruction: write bytes.</summary>
    public const byte Write = 3;

    /// <summary>Longest packet that is accepted (the maker's own limit).</summary>
    public const int MaxBytes = 250;

    /// <summary>Bytes beside the parameters.</summary>
    public const int Overhead = 6;

    private const byte Header = 0xFF;
    private const int MaxId = 0xFD;

    /// <summary>Writes an instruction packet; returns its length.</summary>
    public static int Format(byte id, byte instruction, ReadOnlySpan<byte> parameters, Span<byte> packet)
    {
        var length = parameters.Length + Overhead;
        packet[0] = packet[1] = Header;
        packet[2] = id;
        packet[3] = (byte)(parameters.Length + 2);
        packet[4] = instruction;
        parameters.CopyTo(packet[5..]);
        packet[length - 1] = Sum(packet[..length]);
        return length;
    }

    /// <summary>
    /// Looks for a packet at the start of what was received. Returns the bytes to drop: those of the packet, or one that cannot begin a packet;
    /// 0 while more is needed. <paramref name="packetBytes"/> is the packet's length, 0 when there is none.
    /// </summary>
    public static int Scan(ReadOnlySpan<byte> received, out int packetBytes)
    {
        packetBytes = 0;
        for (var i = 0; i < 2; i++)
        {
            if (received.Length <= i)
                return 0;
            if (received[i] != Header)
                return i + 1;
        }

        if (received.Length < 4)
            return received.Length == 3 && received[2] > MaxId ? 1 : 0;
        var bytes = received[3] + 4;
        if (received[2] > MaxId || bytes is < Overhead or > MaxBytes)
            return 1;
        if (received.Length < bytes)
            return 0;
        if (Sum(received[..bytes]) != received[bytes - 1])
            return 1;
        packetBytes = bytes;
        return bytes;
    }

    /// <summary>Value of a 16-bit field whose sign stands in one bit (10 for the load, 15 for the position).</summary>
    public static int SignMagnitude(byte low, byte high, int signBit)
    {
        var raw = low | (high << 8);
        var magnitude = raw & ((1 << signBit) - 1);
        return (raw & (1 << signBit)) != 0 ? -magnitude : magnitude;
    }

    private static byte Sum(ReadOnlySpan<byte> packet)
    {
        var sum = 0;
        foreach (var value in packet[2..^1])
            sum += value;
        return (byte)~sum;
    }
}
