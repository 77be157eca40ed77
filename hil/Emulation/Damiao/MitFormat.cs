namespace Edge.Hil.Emulation.Damiao;

/// <summary>
/// The bit packing of MIT commands and of feedback: big-endian bit fields of 16 and 12 bits that span a symmetric range.
/// Encoding truncates, so a value reads back up to one LSB low; zero reads back as minus half an LSB.
/// </summary>
/// <param name="PositionMaxRad">PMAX, rad: 16-bit positions span plus and minus this.</param>
/// <param name="VelocityMaxRadS">VMAX, rad/s: 12-bit velocities span plus and minus this.</param>
/// <param name="TorqueMaxNm">TMAX, Nm: 12-bit torques span plus and minus this.</param>
public readonly record struct MitFormat(double PositionMaxRad, double VelocityMaxRadS, double TorqueMaxNm)
{
    /// <summary>Stiffness spans 0 to this in 12 bits, Nm/rad, in every motor.</summary>
    public const double KpMax = 500;

    /// <summary>Damping spans 0 to this in 12 bits, Nm s/rad, in every motor.</summary>
    public const double KdMax = 5;

    /// <summary>Length of commands and of feedback, bytes.</summary>
    public const int FrameLength = 8;

    /// <summary>Step of positions on the wire, rad.</summary>
    public double PositionLsbRad => 2 * PositionMaxRad / 65535;

    /// <summary>Step of velocities on the wire, rad/s.</summary>
    public double VelocityLsbRadS => 2 * VelocityMaxRadS / 4095;

    /// <summary>Step of torques on the wire, Nm.</summary>
    public double TorqueLsbNm => 2 * TorqueMaxNm / 4095;

    /// <summary>Reads a command from its eight bytes.</summary>
    public MitCommand ReadCommand(ReadOnlySpan<byte> data) => new(
        Decode((data[0] << 8) | data[1], 16, -PositionMaxRad, PositionMaxRad),
        Decode((data[2] << 4) | (data[3] >> 4), 12, -VelocityMaxRadS, VelocityMaxRadS),
        Decode(((data[3] & 15) << 8) | data[4], 12, 0, KpMax),
        Decode((data[5] << 4) | (data[6] >> 4), 12, 0, KdMax),
        Decode(((data[6] & 15) << 8) | data[7], 12, -TorqueMaxNm, TorqueMaxNm));

    /// <summary>Writes feedback into its eight bytes.</summary>
    public void WriteFeedback(Span<byte> data, int canId, DamiaoError error, double positionRad, double velocityRadS, double torqueNm, int mosC, int rotorC)
    {
        var position = Encode(positionRad, 16, -PositionMaxRad, PositionMaxRad);
        var velocity = Encode(velocityRadS, 12, -VelocityMaxRadS, VelocityMaxRadS);
        var torque = Encode(torqueNm, 12, -TorqueMaxNm, TorqueMaxNm);
        data[0] = (byte)(((int)error << 4) | (canId & 15));
        data[1] = (byte)(position >> 8);
        data[2] = (byte)position;
        data[3] = (byte)(velocity >> 4);
        data[4] = (byte)((velocity << 4) | (torque >> 8));
        data[5] = (byte)torque;
        data[6] = (byte)Math.Clamp(mosC, 0, 255);
        data[7] = (byte)Math.Clamp(rotorC, 0, 255);
    }

    private static int Encode(double value, int bits, double low, double high) =>
        (int)((Math.Clamp(value, low, high) - low) * ((1 << bits) - 1) / (high - low));

    private static double Decode(int code, int bits, double low, double high) =>
        (code * (high - low) / ((1 << bits) - 1)) + low;
}

/// <summary>A command in the MIT law, in drive coordinates: torque = Kp (position - q) + Kd (velocity - dq) + torque, at the output shaft.</summary>
/// <param name="PositionRad">Desired position, rad.</param>
/// <param name="VelocityRadS">Desired velocity, rad/s.</param>
/// <param name="KpNmPerRad">Stiffness, Nm/rad.</param>
/// <param name="KdNmSPerRad">Damping, Nm s/rad.</param>
/// <param name="TorqueNm">Feed-forward torque, Nm.</param>
public readonly record struct MitCommand(double PositionRad, double VelocityRadS, double KpNmPerRad, double KdNmSPerRad, double TorqueNm);
