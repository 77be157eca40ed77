using Edge.Buses;

namespace Edge.Hil.Emulation.Feetech;

/// <summary>
/// The half-duplex line of STS servos: finds instruction packets in the host's bytes, lets the servos obey, and writes their status packets.
/// A packet with a wrong checksum, an unknown instruction or an address outside the table gets silence. Allocates nothing after construction.
/// </summary>
public sealed class FeetechLine
{
    private const byte Header = 0xFF;
    private const byte Broadcast = 0xFE;
    private const int MaxLength = 250;  // largest LEN: parameters plus 2
    private const int Overhead = 4;     // FF FF ID LEN
    private const int OutputCapacity = 4096;
    private const long GapNs = 10_000_000; // a packet with a pause longer than this in it is not one packet

    private readonly IByteLink _link;
    private readonly int _bitRate;
    private readonly FeetechServo[] _servos;
    private readonly byte[] _input = new byte[1024];
    private readonly OutputBuffer _output;
    private int _inputLength;
    private long _lastByteNs;
    private FeetechCounters _counters;

    /// <summary>Makes a line with its servos.</summary>
    public FeetechLine(IByteLink link, int bitRate, params FeetechServo[] servos)
    {
        ArgumentNullException.ThrowIfNull(link);
        ArgumentNullException.ThrowIfNull(servos);
        _link = link;
        _output = new OutputBuffer(link, OutputCapacity);
        _bitRate = bitRate;
        _servos = servos;
    }

    /// <summary>True: the line is cut; what the host says is lost and nothing answers.</summary>
    public bool IsCut { get; set; }

    /// <summary>What happened since construction.</summary>
    public FeetechCounters Counters => _counters with { LinkBroken = _counters.LinkBroken || _output.LinkBroken };

    /// <summary>Takes the host's bytes and answers them.</summary>
    public void Poll(long nowNs)
    {
        while (true)
        {
            var count = _link.Read(_input.AsSpan(_inputLength));
            if (count <= 0)
            {
                _counters.LinkBroken |= count < 0;
                break;
            }

            if (IsCut)
                continue;
            if (_inputLength > 0 && nowNs - _lastByteNs > GapNs)
            {
                // The rest of a packet that broke off.
                _input.AsSpan(_inputLength, count).CopyTo(_input);
                _inputLength = 0;
                _counters.Malformed++;
            }

            _lastByteNs = nowNs;
            _inputLength += count;
            TakePackets();
        }

        _output.Flush();
    }

    private void TakePackets()
    {
        var start = 0;
        while (_inputLength - start >= Overhead + 2)
        {
            var rest = _input.AsSpan(start, _inputLength - start);
            if (rest[0] != Header || rest[1] != Header || rest[2] == Header || rest[3] is < 2 or > MaxLength)
            {
                start++;
                continue;
            }

            var total = Overhead + rest[3];
            if (rest.Length < total)
                break;

            if (Checksum(rest[2..(total - 1)]) == rest[total - 1])
            {
                _counters.Packets++;
                Obey(rest[2], rest[4], rest[5..(total - 1)]);
                start += total;
            }
            else
            {
                _counters.Malformed++;
                start++; // the next real packet may begin inside this one
            }
        }

        _input.AsSpan(start, _inputLength - start).CopyTo(_input);
        _inputLength -= start;
    }

    private void Obey(byte id, byte instruction, ReadOnlySpan<byte> parameters)
    {
        switch (instruction)
        {
            case 0x82 when id == Broadcast && parameters.Length >= 3:
                SyncRead(parameters);
                return;
            case 0x83 when id == Broadcast && parameters.Length >= 2:
                SyncWrite(parameters);
                return;
        }

        foreach (var servo in _servos)
        {
            if ((id == servo.Id || id == Broadcast) && servo.BitRate == _bitRate)
                Obey(servo, id == Broadcast, instruction, parameters);
        }
    }

    private void Obey(FeetechServo servo, bool broadcast, byte instruction, ReadOnlySpan<byte> parameters)
    {
        var id = servo.Id; // the answer carries the id that was asked, even when it is what changes
        switch (instruction)
        {
            case 0x01 when parameters.IsEmpty: // PING: broadcast too, one servo after another
                Answer(id, servo, []);
                break;

            case 0x02 when !broadcast && parameters.Length == 2 && FeetechServo.InTable(parameters[0], parameters[1]):
                Answer(id, servo, servo.Memory.Bytes.Slice(parameters[0], parameters[1]));
                break;

            case 0x03 when parameters.Length >= 2 && FeetechServo.InTable(parameters[0], parameters.Length - 1):
                servo.Write(parameters[0], parameters[1..]);
                if (!broadcast && servo.AnswersWrites)
                    Answer(id, servo, []);
                break;

            case 0x04 when parameters.Length >= 2 && FeetechServo.InTable(parameters[0], parameters.Length - 1):
                servo.RegWrite(parameters[0], parameters[1..]);
                if (!broadcast && servo.AnswersWrites)
                    Answer(id, servo, []);
                break;

            case 0x05 when parameters.IsEmpty:
                servo.Action();
                if (!broadcast && servo.AnswersWrites)
                    Answer(id, servo, []);
                break;

            default:
                _counters.Refused++;
                break;
        }
    }

    private void SyncRead(ReadOnlySpan<byte> parameters)
    {
        if (!FeetechServo.InTable(parameters[0], parameters[1]))
        {
            _counters.Refused++;
            return;
        }

        foreach (var id in parameters[2..])
        {
            foreach (var servo in _servos)
            {
                if (servo.Id == id && servo.BitRate == _bitRate)
                    Answer(id, servo, servo.Memory.Bytes.Slice(parameters[0], parameters[1]));
            }
        }
    }

    private void SyncWrite(ReadOnlySpan<byte> parameters)
    {
        var length = parameters[1];
        if (!FeetechServo.InTable(parameters[0], length) || (parameters.Length - 2) % (length + 1) != 0)
        {
            _counters.Refused++;
            return;
        }

        for (var rest = parameters[2..]; !rest.IsEmpty; rest = rest[(length + 1)..])
        {
            foreach (var servo in _servos)
            {
                if (servo.Id == rest[0] && servo.BitRate == _bitRate)
                    servo.Write(parameters[0], rest.Slice(1, length));
            }
        }
    }

    private void Answer(byte id, FeetechServo servo, ReadOnlySpan<byte> data)
    {
        var total = Overhead + 2 + data.Length;
        if (total > _output.Free.Length)
        {
            _counters.DroppedFull++;
            return;
        }

        var packet = _output.Free[..total];
        packet[0] = Header;
        packet[1] = Header;
        packet[2] = id;
        packet[3] = (byte)(data.Length + 2);
        packet[4] = (byte)servo.Errors;
        data.CopyTo(packet[5..]);
        packet[^1] = Checksum(packet[2..^1]);
        _output.Append(total);
    }

    private static byte Checksum(ReadOnlySpan<byte> bytes)
    {
        var sum = 0;
        foreach (var value in bytes)
            sum += value;
        return (byte)~sum;
    }
}

/// <summary>What a line of servos did since construction.</summary>
public struct FeetechCounters
{
    /// <summary>Packets with a right checksum.</summary>
    public long Packets;

    /// <summary>Packets with a wrong checksum or broken off.</summary>
    public long Malformed;

    /// <summary>Packets that ask for what a servo does not have.</summary>
    public long Refused;

    /// <summary>Answers dropped because the host did not read.</summary>
    public long DroppedFull;

    /// <summary>The link is gone.</summary>
    public bool LinkBroken;
}
