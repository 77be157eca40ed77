using System.Buffers.Binary;

namespace Edge.Hil.Emulation.Feetech;

/// <summary>
/// The memory table of an STS3215. Below address 40 lies what survives power-off, if it was written while the lock (55) was 0; a write under lock
/// counts until power-off only. 16-bit values are little-endian, negative ones sign and magnitude.
/// </summary>
public sealed class FeetechMemory
{
    /// <summary>Bytes in the table.</summary>
    public const int Length = 87;

#pragma warning disable CS1591 // names and meanings as in the maker's table
    public const int Model = 3;
    public const int Id = 5;
    public const int BaudRate = 6;
    public const int ResponseLevel = 8;
    public const int MinPosition = 9;
    public const int MaxPosition = 11;
    public const int MaxTorque = 16;
    public const int UnloadConditions = 19;
    public const int PositionOffset = 31;
    public const int Mode = 33;
    public const int TorqueEnable = 40;
    public const int Acceleration = 41;
    public const int GoalPosition = 42;
    public const int GoalSpeed = 46;
    public const int TorqueLimit = 48;
    public const int Lock = 55;
    public const int PresentPosition = 56;
    public const int PresentSpeed = 58;
    public const int PresentLoad = 60;
    public const int PresentVoltage = 62;
    public const int PresentTemperature = 63;
    public const int RegWritePending = 64;
    public const int Status = 65;
    public const int Moving = 66;
    public const int PresentCurrent = 69;
#pragma warning restore CS1591

    private const int StoredLength = 40;

    private readonly byte[] _bytes = new byte[Length];
    private readonly byte[] _stored = new byte[StoredLength];

    /// <summary>Makes a table with the maker's defaults.</summary>
    public FeetechMemory(byte id)
    {
        _stored[0] = 3; // firmware 3.10
        _stored[1] = 10;
        Put(_stored, Model, 777);
        _stored[Id] = id;
        _stored[7] = 250; // return delay, 2 us
        _stored[ResponseLevel] = 1;
        Put(_stored, MinPosition, 0);
        Put(_stored, MaxPosition, 4095);
        _stored[13] = 70;  // max temperature, degC
        _stored[14] = 140; // max voltage, 0.1 V
        _stored[15] = 40;  // min voltage, 0.1 V
        Put(_stored, MaxTorque, 1000);
        _stored[UnloadConditions] = 0x2C;
        _stored[20] = 0x2C; // LED alarm
        _stored[21] = 32;   // position P, D, I
        _stored[22] = 32;
        Put(_stored, 24, 16);
        _stored[26] = 1; // dead zones
        _stored[27] = 1;
        Put(_stored, 28, 511); // protection current, 6.5 mA
        _stored[30] = 1;       // angular resolution
        _stored[34] = 20;      // protective torque, %
        _stored[35] = 200;     // protection time, 10 ms
        _stored[36] = 80;      // overload torque, %
        _stored[37] = 10;      // speed P
        _stored[38] = 200;     // over-current time, 10 ms
        _stored[39] = 10;      // speed I
        Load();
    }

    /// <summary>The whole table as it is now.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes;

    /// <summary>One byte.</summary>
    public byte this[int address]
    {
        get => _bytes[address];
        internal set => _bytes[address] = value;
    }

    /// <summary>A 16-bit value.</summary>
    public int Word(int address) => BinaryPrimitives.ReadUInt16LittleEndian(_bytes.AsSpan(address));

    /// <summary>A 16-bit value in sign and magnitude.</summary>
    public int SignedWord(int address, int signBit = 15)
    {
        var raw = Word(address);
        var magnitude = raw & ((1 << signBit) - 1);
        return (raw & (1 << signBit)) != 0 ? -magnitude : magnitude;
    }

    /// <summary>Sets what the servo itself measures.</summary>
    internal void SetSignedWord(int address, int value, int signBit = 15)
    {
        var magnitude = Math.Min(Math.Abs(value), (1 << signBit) - 1);
        Put(_bytes, address, value < 0 ? magnitude | (1 << signBit) : magnitude);
    }

    /// <summary>Writes as the bus does; read-only addresses keep their value.</summary>
    public void Write(int address, ReadOnlySpan<byte> data)
    {
        var store = _bytes[Lock] == 0;
        for (var i = 0; i < data.Length; i++)
        {
            var at = address + i;
            if (at is < Id or (>= PresentPosition and <= Status) or Moving or PresentCurrent or (PresentCurrent + 1))
                continue;

            _bytes[at] = data[i];
            if (store && at < StoredLength)
                _stored[at] = data[i];
        }
    }

    /// <summary>The table as after power-up.</summary>
    public void Load()
    {
        Array.Clear(_bytes);
        _stored.CopyTo(_bytes, 0);
        _bytes[Lock] = 1;
        Put(_bytes, TorqueLimit, Word(MaxTorque));
        _bytes[PresentVoltage] = 120;
        _bytes[PresentTemperature] = 30;
        _bytes[80] = 50; // factory settings of the speed loop
        _bytes[84] = 68; // max speed, 0.732 rpm: 3400 steps/s
    }

    private static void Put(Span<byte> bytes, int address, int value) => BinaryPrimitives.WriteUInt16LittleEndian(bytes[address..], (ushort)value);
}
