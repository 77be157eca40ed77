using Edge.Buses;
using Edge.Drives.Damiao;
using Edge.Drives.Feetech;
using Edge.Robots;

namespace Edge.Drives;

/// <summary>Everything that the loop moves: the drive groups, one per bus, the tool, and the buses under them, which this owns.</summary>
public sealed class DriveSet : IDisposable
{
    private readonly DriveAddress[] _addresses;
    private readonly List<IDisposable> _opened;

    private DriveSet(IDriveGroup[] groups, DriveAddress[] addresses, ISuctionTool tool, ICanBus[] canBuses, List<IDisposable> opened)
    {
        Groups = groups;
        _addresses = addresses;
        Tool = tool;
        CanBuses = canBuses;
        _opened = opened;
    }

    /// <summary>One group per CAN bus that carries joints.</summary>
    public IReadOnlyList<IDriveGroup> Groups { get; }

    /// <summary>The bus of each group, for its counters.</summary>
    public IReadOnlyList<ICanBus> CanBuses { get; }

    /// <summary>The tool.</summary>
    public ISuctionTool Tool { get; }

    /// <summary>Where each joint's drive is, in the order of the robot file.</summary>
    public IReadOnlyList<DriveAddress> Joints => _addresses;

    /// <summary>Opens the buses that the robot's joints and tool use and makes the drives on them. Says nothing to a drive yet.</summary>
    /// <param name="robot">A checked robot file.</param>
    /// <param name="openSerial">Opens a bus of kind "serial"; <see cref="BusFactory.OpenSerial"/>, or the rig's in-memory end.</param>
    /// <param name="openCan">Opens a CAN bus; <see cref="BusFactory.OpenCan"/>, or an <see cref="SlcanBus"/> on the rig's in-memory end.</param>
    /// <exception cref="BusException">A bus cannot be opened.</exception>
    /// <exception cref="ArgumentException">The robot names a drive, tool or bus that there is not.</exception>
    public static DriveSet Create(RobotDescription robot, Func<BusDescription, IByteLink> openSerial, Func<BusDescription, ICanBus> openCan)
    {
        ArgumentNullException.ThrowIfNull(robot);
        ArgumentNullException.ThrowIfNull(openSerial);
        ArgumentNullException.ThrowIfNull(openCan);
        var opened = new List<IDisposable>();
        try
        {
            var buses = robot.Joints.Select(joint => joint.Drive.Bus).Distinct().ToArray();
            var groups = new IDriveGroup[buses.Length];
            var canBuses = new ICanBus[buses.Length];
            var addresses = new DriveAddress[robot.Joints.Length];
            for (var group = 0; group < buses.Length; group++)
            {
                var description = FindBus(robot, buses[group]);
                var joints = new List<JointDescription>();
                for (var joint = 0; joint < robot.Joints.Length; joint++)
                {
                    if (robot.Joints[joint].Drive.Bus != description.Name)
                        continue;
                    addresses[joint] = new DriveAddress(group, joints.Count);
                    joints.Add(robot.Joints[joint]);
                }

                if (joints.Find(joint => joint.Drive.Kind != "damiao") is { } other)
                    throw new ArgumentException($"{other.Name}: drive kind \"{other.Drive.Kind}\" is unknown; known: \"damiao\"");
                canBuses[group] = openCan(description);
                opened.Add(canBuses[group]);
                groups[group] = new DamiaoDriveGroup(canBuses[group], joints, flexibleData: description.DataBitRate is not null);
            }

            var valve = robot.Tool.Valve;
            if (valve.Kind != "feetech-sts")
                throw new ArgumentException($"tool.valve: kind \"{valve.Kind}\" is unknown; known: \"feetech-sts\"");
            var line = openSerial(FindBus(robot, valve.Bus));
            opened.Add(line);
            return new DriveSet(groups, addresses, new FeetechSuctionTool(line, valve), canBuses, opened);
        }
        catch
        {
            Close(opened);
            throw;
        }
    }

    /// <summary>Closes the buses. The drives' own time-out takes their energy if nobody did before.</summary>
    public void Dispose() => Close(_opened);

    private static void Close(List<IDisposable> opened)
    {
        foreach (var bus in opened)
            bus.Dispose();
        opened.Clear();
    }

    private static BusDescription FindBus(RobotDescription robot, string name) =>
        Array.Find(robot.Buses, bus => bus.Name == name)
        ?? throw new ArgumentException($"bus \"{name}\" is used but not described; described: {string.Join(", ", robot.Buses.Select(bus => bus.Name))}");
}

/// <summary>Where a joint's drive is.</summary>
/// <param name="Group">Index in <see cref="DriveSet.Groups"/>.</param>
/// <param name="Index">Index within the group.</param>
public readonly record struct DriveAddress(int Group, int Index);
