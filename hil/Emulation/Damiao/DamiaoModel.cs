namespace Edge.Hil.Emulation.Damiao;

/// <summary>Data of one type of motor, from the maker's manual at the motor's voltage in the robot (24 V; J8009P 48 V).</summary>
/// <param name="Name">Name without the maker's "DM-".</param>
/// <param name="PositionMaxRad">Factory PMAX: range of positions in frames, rad.</param>
/// <param name="VelocityMaxRadS">Factory VMAX: range of velocities in frames, rad/s.</param>
/// <param name="TorqueMaxNm">Factory TMAX: range of torques in frames, Nm.</param>
/// <param name="PeakTorqueNm">What the motor can give at the output shaft, Nm.</param>
/// <param name="GearRatio">Turns of the motor for one of the output shaft.</param>
/// <param name="PolePairs">Pole pairs.</param>
/// <param name="NoLoadSpeedRadS">Fastest output speed without load, rad/s.</param>
public sealed record DamiaoModel(
    string Name,
    double PositionMaxRad,
    double VelocityMaxRadS,
    double TorqueMaxNm,
    double PeakTorqueNm,
    double GearRatio,
    int PolePairs,
    double NoLoadSpeedRadS)
{
    private static readonly DamiaoModel[] All =
    [
        new("J4310", 12.5, 30, 10, 7, 10, 14, 20.9),

        // VMAX 8 in older tables; 10 was read from a 4340P's register.
        new("J4340", 12.5, 10, 28, 27, 40, 14, 5.4),
        new("J4340P", 12.5, 10, 28, 27, 40, 14, 5.4),
        new("J8009P", 12.5, 45, 54, 40, 9, 21, 33.5),
    ];

    /// <summary>The motor of this name, with or without "DM-".</summary>
    /// <exception cref="ArgumentException">No such motor; the message lists those that there are.</exception>
    public static DamiaoModel Find(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        var bare = name.StartsWith("DM-", StringComparison.OrdinalIgnoreCase) ? name[3..] : name;
        return Array.Find(All, model => model.Name.Equals(bare, StringComparison.OrdinalIgnoreCase))
            ?? throw new ArgumentException($"DAMIAO model: found \"{name}\", allowed {string.Join(", ", All.Select(model => model.Name))}.", nameof(name));
    }
}
