namespace Edge.Robots;

/// <summary>A robot as its file describes it. SI units; made and checked by <c>RobotFile.Load</c>, so every value here is in range.</summary>
public sealed record RobotDescription
{
    /// <summary>Name of the robot.</summary>
    public required string Name { get; init; }

    /// <summary>The control loop.</summary>
    public required LoopDescription Loop { get; init; }

    /// <summary>CAN buses and serial lines.</summary>
    public required BusDescription[] Buses { get; init; }

    /// <summary>Joints from base to tool.</summary>
    public required JointDescription[] Joints { get; init; }

    /// <summary>Joint positions in which the camera sees the whole table, rad.</summary>
    public required double[] HomeRad { get; init; }

    /// <summary>The tool.</summary>
    public required ToolDescription Tool { get; init; }

    /// <summary>Box that the tool's cup stays in, base frame, metres.</summary>
    public required BoxDescription WorkspaceM { get; init; }

    /// <summary>Cameras.</summary>
    public required CameraDescription[] Cameras { get; init; }

    /// <summary>The policy and how it is run.</summary>
    public required PolicyDescription Policy { get; init; }

    /// <summary>The planner and how it is run.</summary>
    public required PlannerDescription Planner { get; init; }

    /// <summary>MQTT.</summary>
    public required MqttDescription Mqtt { get; init; }

    /// <summary>Time limits of the watchdogs.</summary>
    public required SafetyDescription Safety { get; init; }

    /// <summary>The camera that the policy looks through.</summary>
    public CameraDescription PolicyCamera => Cameras.First(camera => camera.Name == Policy.Camera);

    /// <summary>The camera that the planner looks through.</summary>
    public CameraDescription PlannerCamera => Cameras.First(camera => camera.Name == Planner.Camera);
}

/// <summary>The control loop: rate (100..1000 Hz), SCHED_FIFO priority (1..98; 0: ordinary), CPU (-1: the last one), missed ticks that it bears in a row.</summary>
public sealed record LoopDescription(int RateHz, int Priority, int Cpu, int MaxMissedTicksInARow);

/// <summary>A CAN bus ("slcan", "socketcan") or a serial line ("serial"). <paramref name="Device"/> is a path or an interface; bit rates in bit/s; a data bit rate means CAN FD.</summary>
public sealed record BusDescription(string Name, string Kind, string Device, int BitRate, int? DataBitRate = null);

/// <summary>A joint: where it sits on its parent (translation in metres, then roll about x), turning about its own z.</summary>
public sealed record JointDescription(string Name, double[] OriginM, double OriginRollRad, DriveDescription Drive, JointLimits Limits, LinkDescription Link);

/// <summary>A drive: joint position = sign * (drive position - offset). Kp in Nm/rad, Kd in Nm s/rad.</summary>
public sealed record DriveDescription(string Kind, string Model, string Bus, int CanId, int MasterId, int Sign, double OffsetRad, double Kp, double Kd, double TimeoutSeconds);

/// <summary>Limits of a joint; the tracking error is the largest bearable distance between command and measurement.</summary>
public sealed record JointLimits(double[] PositionRad, double VelocityRadS, double AccelerationRadS2, double JerkRadS3, double TorqueNm, double TrackingErrorRad);

/// <summary>Mass, centre of mass in the joint's frame, and inertia about it (xx, yy, zz, xy, xz, yz).</summary>
public sealed record LinkDescription(double MassKg, double[] ComM, double[] InertiaKgM2);

/// <summary>The tool: its cup's lip from the flange, mass, and valve.</summary>
public sealed record ToolDescription(string Kind, double[] TcpM, double MassKg, double[] ComM, ValveDescription Valve);

/// <summary>The valve's servo. Its load tells what the cup feels (0.1 %): at least <paramref name="PressedLoad"/> pressed, at least <paramref name="SealedLoad"/> sealed, and then at least <paramref name="SealedAndPressedLoad"/> with what it holds pressed.</summary>
public sealed record ValveDescription(string Kind, string Bus, int Id, int PollHz, int OpenSteps, int ClosedSteps, int PressedLoad, int SealedLoad, int SealedAndPressedLoad);

/// <summary>An axis-aligned box in the base frame, metres.</summary>
public sealed record BoxDescription(double[] Min, double[] Max);

/// <summary>A camera: where OpenCV finds it, its size, its calibration (a pinhole without distortion; image up is away from the ground), and marks that it sees on the table, if any.</summary>
public sealed record CameraDescription(string Name, string Source, int WidthPx, int HeightPx, double FovYRad, double[] PositionM, double[] LookAtM, double TimeoutSeconds, MarksDescription? Marks = null);

/// <summary>Rings painted on the table (see <see cref="Cameras.TableMarks"/>): where their middles are, base frame, metres.</summary>
public sealed record MarksDescription(double[] XM, double[] YM);

/// <summary>The policy: package folder, camera, steps that are followed before the next chunk is asked for, oldest observation that a chunk may answer, what is done about late chunks (<see cref="Policy.Handover.ChunkHandover.Names"/>), where it computes (null: as the package says).</summary>
public sealed record PolicyDescription(string Package, string Camera, int ReplanSteps, double MaxChunkAgeSeconds, string LateInference = Edge.Policy.Handover.NaiveSwitch.Name, string? Provider = null);

/// <summary>The planner: package folder, camera, failed calls in a row before it gives up, entries in memory, longest time for a call, where it computes (null: as the package says).</summary>
public sealed record PlannerDescription(string Package, string Camera, int MaxFailuresInARow, int MemoryCapacity, double MaxCallSeconds, string? Provider = null);

/// <summary>
/// MQTT: broker, names in the topics, what a lost broker does to a running task ("finish" or "stop"), whether drives may be energised by wire (null: no),
/// rate of the joint telemetry (null: 10 Hz, 0: none), and TLS (null: none).
/// </summary>
public sealed record MqttDescription(
    string Host, int Port, string Site, string RobotId, string OnBrokerLost, bool? MayArm = null, int? TelemetryHz = null, MqttTlsDescription? Tls = null);

/// <summary>TLS of the MQTT connection, PEM files: who signs the broker, and this robot's own certificate with its key, or null for none.</summary>
public sealed record MqttTlsDescription(string CaFile, string? CertFile = null, string? KeyFile = null);

/// <summary>Time limits: silence of a drive, silence of the tool, longest controlled stop.</summary>
public sealed record SafetyDescription(double DeviceSilentSeconds, double ToolSilentSeconds, double StopSeconds);
