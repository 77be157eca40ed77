using System.Buffers.Binary;

namespace Edge.Drives.Damiao;

/// <summary>The bytes of DAMIAO frames: pure functions of eight data bytes, no bus.</summary>
public static class DamiaoFrames
{
    /// <summary>Data bytes of every frame in MIT mode.</summary>
    public const int Length = 8;

    /// <summary>Identifier of register frames and of the request for feedback.</summary>
    public const uint RegisterId = 0x7FF;

    /// <summary>Enable.</summary>
    public const byte EnableCode = 0xFC;

    /// <summary>Disable.</summary>
    public const byte DisableCode = 0xFD;

    /// <summary>Clear the latched error.</summary>
    public const byte ClearErrorCode = 0xFB;

    /// <summary>Error nibble: no command came within TIMEOUT.</summary>
    public const byte ErrorCommunicationLost = 0xD;

    /// <summary>Value of <see cref="DamiaoRegister.ControlMode"/> for the MIT law.</summary>
    public const uint ModeMit = 1;

    /// <summary>Units of <see cref="DamiaoRegister.Timeout"/> in a second (50 microseconds each).</summary>
    public const double TimeoutUnitsPerSecond = 20_000;

    private const byte OperationRead = 0x33;
    private const byte OperationWrite = 0x55;
    private const byte OperationRefresh = 0xCC;
    private const byte StatusDisabled = 0;
    private const byte StatusEnabled = 1;
    private const double KpMax = 500; // Nm/rad, all models
    private const double KdMax = 5; // Nm s/rad, all models

    /// <summary>A command of the MIT law: position 16 bits, velocity, kp, kd and torque 12 bits each, clamped and truncated as every published driver does.</summary>
    public static void EncodeMit(in DriveCommand command, in DamiaoRanges ranges, Span<byte> data)
    {
        var p = ToInteger(command.PositionRad, -ranges.PositionRad, ranges.PositionRad, 16);
        var v = ToInteger(command.VelocityRadS, -ranges.VelocityRadS, ranges.VelocityRadS, 12);
        var kp = ToInteger(command.KpNmPerRad, 0, KpMax, 12);
        var kd = ToInteger(command.KdNmSPerRad, 0, KdMax, 12);
        var t = ToInteger(command.TorqueNm, -ranges.TorqueNm, ranges.TorqueNm, 12);
        data[0] = (byte)(p >> 8);
        data[1] = (byte)p;
        data[2] = (byte)(v >> 4);
        data[3] = (byte)((v << 4) | (kp >> 8));
        data[4] = (byte)kp;
        data[5] = (byte)(kd >> 4);
        data[6] = (byte)((kd << 4) | (t >> 8));
        data[7] = (byte)t;
    }

    /// <summary>Reads a feedback frame. False when it is not the one of this drive (the frame carries the low four bits of the identifier).</summary>
    public static bool TryDecodeFeedback(ReadOnlySpan<byte> data, int canId, in DamiaoRanges ranges, long receivedNs, ref DriveFeedback feedback)
    {
        if (data.Length != Length || (data[0] & 0xF) != (canId & 0xF))
            return false;
        var status = (byte)(data[0] >> 4);
        feedback.ReceivedNs = receivedNs;
        feedback.PositionRad = FromInteger((data[1] << 8) | data[2], -ranges.PositionRad, ranges.PositionRad, 16);
        feedback.VelocityRadS = FromInteger((data[3] << 4) | (data[4] >> 4), -ranges.VelocityRadS, ranges.VelocityRadS, 12);
        feedback.TorqueNm = FromInteger(((data[4] & 0xF) << 8) | data[5], -ranges.TorqueNm, ranges.TorqueNm, 12);
        feedback.TemperatureC = Math.Max(data[6], data[7]);
        feedback.Enabled = status == StatusEnabled;
        feedback.ErrorCode = status is StatusDisabled or StatusEnabled ? (byte)0 : status;
        return true;
    }

    /// <summary>Enable, disable or clear error: seven FF and the code.</summary>
    public static void EncodeSpecial(byte code, Span<byte> data)
    {
        data[..7].Fill(0xFF);
        data[7] = code;
    }

    /// <summary>Asks for a feedback frame without commanding anything.</summary>
    public static void EncodeRefresh(int canId, Span<byte> data) => EncodeRegister(canId, OperationRefresh, 0, 0, data);

    /// <summary>Asks for a register.</summary>
    public static void EncodeRead(int canId, DamiaoRegister register, Span<byte> data) => EncodeRegister(canId, OperationRead, (byte)register, 0, data);

    /// <summary>Writes a register (in RAM; nothing is stored).</summary>
    public static void EncodeWrite(int canId, DamiaoRegister register, uint value, Span<byte> data) =>
        EncodeRegister(canId, OperationWrite, (byte)register, value, data);

    /// <summary>
    /// Reads the answer to the read or write of a register. Feedback comes on the same identifier and can look alike,
    /// so ask this only while a request is open, and only for the register asked.
    /// </summary>
    public static bool TryDecodeRegister(ReadOnlySpan<byte> data, int canId, bool written, DamiaoRegister register, out uint value)
    {
        value = 0;
        if (data.Length != Length || data[0] != (byte)canId || data[1] != (byte)(canId >> 8)
            || data[2] != (written ? OperationWrite : OperationRead) || data[3] != (byte)register)
            return false;
        value = BinaryPrimitives.ReadUInt32LittleEndian(data[4..]);
        return true;
    }

    /// <summary>
    /// Whether this is an answer to a read or write of one of our registers. As feedback it would be a disabled drive in the lowest 256th of its position scale
    /// (register low byte, address high byte 0), where no joint of an arm stands.
    /// </summary>
    public static bool IsRegisterAnswer(ReadOnlySpan<byte> data, int canId) =>
        data.Length == Length && data[0] == (byte)canId && data[1] == (byte)(canId >> 8) && data[2] is OperationRead or OperationWrite
        && data[3] is >= (byte)DamiaoRegister.MasterId and <= (byte)DamiaoRegister.TorqueMax;

    private static void EncodeRegister(int canId, byte operation, byte register, uint value, Span<byte> data)
    {
        data[0] = (byte)canId;
        data[1] = (byte)(canId >> 8);
        data[2] = operation;
        data[3] = register;
        BinaryPrimitives.WriteUInt32LittleEndian(data[4..], value);
    }

    private static int ToInteger(double value, double low, double high, int bits) =>
        (int)((Math.Clamp(value, low, high) - low) * ((1 << bits) - 1) / (high - low));

    private static double FromInteger(int value, double low, double high, int bits) => (value * (high - low) / ((1 << bits) - 1)) + low;
}
