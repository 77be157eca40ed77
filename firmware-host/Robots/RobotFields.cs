using Edge.Control;
using Edge.Policy.Handover;

namespace Edge.Robots;

/// <summary>
/// The fields of a robot file: the one place that knows their names, ranges and meanings. The loader and the JSON Schema both come from here.
/// What one field asks of another is in <see cref="RobotRules"/>.
/// </summary>
internal static class RobotFields
{
    public static RobotDescription Robot(FieldReader r) => new()
    {
        Name = r.Text("name", TextRule.Name, "Name of the robot."),
        Loop = r.Object("loop", "The control loop.", Loop),
        Buses = r.Objects("buses", 1, 16, "CAN buses and serial lines.", Bus),
        Joints = r.Objects("joints", 1, JointVector.Capacity, "Joints from base to tool.", Joint),
        HomeRad = r.Numbers("homeRad", 1, JointVector.Capacity, -10, 10, "Joint positions in which the camera sees the whole table and the tool points straight down, rad; one per joint, within its limits."),
        Tool = r.Object("tool", "The tool.", Tool),
        WorkspaceM = r.Object("workspaceM", "Box that the tool's cup stays in, base frame, metres.", Box),
        Cameras = r.Objects("cameras", 1, 8, "Cameras.", Camera),
        Policy = r.Object("policy", "The policy and how it is run.", Policy),
        Planner = r.Object("planner", "The planner and how it is run.", Planner),
        Mqtt = r.Object("mqtt", "MQTT: broker and names in the topics.", Mqtt),
        Safety = r.Object("safety", "Time limits of the watchdogs.", Safety),
    };

    private static LoopDescription Loop(FieldReader r) => new(
        r.Integer("rateHz", 100, 1000, "Rate of the control loop, Hz."),
        r.Integer("priority", 0, 98, "SCHED_FIFO priority of the loop's thread; 0: ordinary scheduling."),
        r.Integer("cpu", -1, 1023, "CPU that the loop's thread is pinned to; -1: the last one."),
        r.Integer("maxMissedTicksInARow", 1, 1000, "Missed ticks in a row that the loop bears before it stops the arm."));

    private static BusDescription Bus(FieldReader r) => new(
        r.Text("name", TextRule.Name, "Name that drives and tools refer to; unique."),
        r.Choice("kind", ["slcan", "socketcan", "serial"], "A CAN adapter on a serial line, a CAN interface of the kernel, or a serial line."),
        r.Text("device", TextRule.Line, "Path of the serial device, or name of the CAN interface."),
        r.Integer("bitRate", 9600, 4_000_000, "Bit rate, bit/s; of the arbitration phase on CAN."),
        r.OptionalInteger("dataBitRate", 1_000_000, 8_000_000, "Bit rate of the data phase, bit/s; its presence means CAN FD."));

    private static JointDescription Joint(FieldReader r) => new(
        r.Text("name", TextRule.Name, "Name of the joint; unique."),
        r.Point("originM", -2, 2, "Where the joint sits in its parent's frame, metres."),
        r.Number("originRollRad", -Math.PI, Math.PI, "Roll about x after that translation, rad; the joint turns about the z axis that results."),
        r.Object("drive", "The joint's drive.", Drive),
        r.Object("limits", "Limits of the joint, in joint coordinates.", Limits),
        r.Object("link", "The link that the joint moves.", Link));

    private static DriveDescription Drive(FieldReader r) => new(
        r.Choice("kind", DriveModel.Kinds, "Protocol of the drive."),
        r.Choice("model", DriveModel.Names, "Model of the drive; its limits bound those of the joint."),
        r.Text("bus", TextRule.Name, "Name of the CAN bus that it hangs on."),
        r.Integer("canId", 1, 15, "Id that the drive listens to; its feedback can name only ids up to 15."),
        r.Integer("masterId", 1, 0x7FE, "Id that the drive answers with; 0x7FF is taken by register requests."),
        r.Integer("sign", -1, 1, "1 or -1: joint position = sign * (drive position - offset)."),
        r.Number("offsetRad", -12.5, 12.5, "Drive position at joint position zero, rad."),
        r.Number("kp", 0, 500, "Stiffness, Nm/rad."),
        r.Number("kd", 0.01, 5, "Damping, Nm s/rad; position control without damping is forbidden by the drives' makers."),
        r.Number("timeoutSeconds", 0.005, 1, "Silence after which the drive takes its own energy away, s; at least four periods of the loop."));

    private static JointLimits Limits(FieldReader r) => new(
        r.Numbers("positionRad", 2, 2, -10, 10, "Lowest and highest position, rad."),
        r.Number("velocityRadS", 0.01, 50, "Largest velocity, rad/s."),
        r.Number("accelerationRadS2", 0.1, 500, "Largest acceleration, rad/s^2."),
        r.Number("jerkRadS3", 1, 20_000, "Largest jerk, rad/s^3."),
        r.Number("torqueNm", 0.1, 500, "Largest torque, Nm; no more than the drive's peak."),
        r.Number("trackingErrorRad", 0.01, 1, "Distance between command and measurement at which the arm is stopped, rad."));

    private static LinkDescription Link(FieldReader r) => new(
        r.Number("massKg", 0.001, 100, "Mass, kg."),
        r.Point("comM", -2, 2, "Centre of mass in the joint's frame, metres."),
        r.Numbers("inertiaKgM2", 6, 6, -10, 10, "Inertia about the centre of mass, axes of the joint's frame: xx, yy, zz, xy, xz, yz, kg m^2."));

    private static ToolDescription Tool(FieldReader r) => new(
        r.Choice("kind", ["suction"], "A suction cup."),
        r.Point("tcpM", -1, 1, "The cup's lip in the flange's frame, metres."),
        r.Number("massKg", 0.001, 20, "Mass, kg."),
        r.Point("comM", -1, 1, "Centre of mass in the flange's frame, metres."),
        r.Object("valve", "The servo that opens the valve.", Valve));

    private static ValveDescription Valve(FieldReader r) => new(
        r.Choice("kind", ["feetech-sts"], "Protocol of the servo."),
        r.Text("bus", TextRule.Name, "Name of the serial line that it hangs on."),
        r.Integer("id", 0, 253, "Id of the servo."),
        r.Integer("pollHz", 10, 1000, "How often it is asked, Hz; no more than the loop's rate."),
        r.Integer("openSteps", 0, 4095, "Servo position for suction, steps of 1/4096 turn."),
        r.Integer("closedSteps", 0, 4095, "Servo position for release, steps of 1/4096 turn."),
        r.Integer("pressedLoad", 1, 1000, "Servo load, 0.1 %, from which the cup is pressed against something."),
        r.Integer("sealedLoad", 1, 1000, "Servo load, 0.1 %, from which the cup is sealed; above pressedLoad."),
        r.Integer("sealedAndPressedLoad", 1, 1000, "Servo load, 0.1 %, from which what a sealed cup holds is pressed against something; above sealedLoad."));

    private static BoxDescription Box(FieldReader r) => new(
        r.Point("min", -5, 5, "Lowest corner, metres."),
        r.Point("max", -5, 5, "Highest corner, metres."));

    private static CameraDescription Camera(FieldReader r) => new(
        r.Text("name", TextRule.Name, "Name that policy and planner refer to; unique."),
        r.Text("source", TextRule.Line, "What OpenCV opens: a URL, a file, a V4L2 device (/dev/video0), or a GStreamer pipeline after 'gst:'."),
        r.Integer("widthPx", 16, 4096, "Width, pixels."),
        r.Integer("heightPx", 16, 4096, "Height, pixels."),
        r.Number("fovYRad", 0.05, 2.5, "Vertical field of view, rad; a pinhole without distortion."),
        r.Point("positionM", -10, 10, "Where it stands, base frame, metres."),
        r.Point("lookAtM", -10, 10, "A point on its optical axis, base frame, metres; image up is away from the ground."),
        r.Number("timeoutSeconds", 0.05, 60, "Age of the newest frame at which the camera counts as lost, s."),
        r.OptionalObject("marks", "Rings painted on the table, dark, 28 mm wide outside and 12 mm inside: by them a camera that was moved since its calibration is noticed and made up for. Left out: there are none.", Marks));

    private static MarksDescription Marks(FieldReader r) => new(
        r.Numbers("xM", 3, 16, -10, 10, "Where their middles are, base frame, metres: x of each."),
        r.Numbers("yM", 3, 16, -10, 10, "Y of each."));

    private static PolicyDescription Policy(FieldReader r) => new(
        r.Text("package", TextRule.Line, "Folder of the model package."),
        r.Text("camera", TextRule.Name, "Name of the camera that it looks through."),
        r.Integer("replanSteps", 1, ActionChunk.CapacitySteps - 1, "Steps of a chunk that are followed before the next one is asked for."),
        r.Number("maxChunkAgeSeconds", 0.02, 10, "Oldest observation that a chunk may answer, s."),
        r.Choice("lateInference", [.. ChunkHandover.Names], "What is done about chunks that come late: the arm waits for each, it switches to the newest, chunks are averaged, or the policy completes the actions that go on meanwhile."),
        Provider(r));

    private static PlannerDescription Planner(FieldReader r) => new(
        r.Text("package", TextRule.Line, "Folder of the model package."),
        r.Text("camera", TextRule.Name, "Name of the camera that it looks through."),
        r.Integer("maxFailuresInARow", 1, 100, "Failed calls in a row before it gives the task up."),
        r.Integer("memoryCapacity", 1, 256, "Entries in the memory of calls."),
        r.Number("maxCallSeconds", 0.05, 600, "Longest time to write a call at which the robot may be armed, s (99th percentile, measured at the start)."),
        Provider(r));

    private static string? Provider(FieldReader r) =>
        r.OptionalText("provider", TextRule.Providers, "Where the model computes: tensorrt, cuda, cpu, or a list of them, best first; after \"require \" the first must work. Without cpu nothing runs on the processor. Left out: as the package says.");

    private static MqttDescription Mqtt(FieldReader r) => new(
        r.Text("host", TextRule.Line, "Host of the broker."),
        r.Integer("port", 1, 65_535, "Port of the broker."),
        r.Text("site", TextRule.Name, "Name of the site in the topics."),
        r.Text("robotId", TextRule.Name, "Name of the robot in the topics."),
        r.Choice("onBrokerLost", ["finish", "stop"], "What a lost broker does to a running task."),
        r.OptionalFlag("mayArm", "Whether the instant action arm energises the drives; false without this field. Who may send it is up to the broker's access control."),
        r.OptionalInteger("telemetryHz", 0, 20, "How often joint positions, velocities and torques are published, Hz; 10 without this field, 0: never."),
        r.OptionalObject("tls", "TLS; without this field the connection is in the clear.", MqttTls));

    private static MqttTlsDescription MqttTls(FieldReader r) => new(
        r.Text("caFile", TextRule.Line, "File with the certificates (PEM) that the broker's must be signed by."),
        r.OptionalText("certFile", TextRule.Line, "File with this robot's own certificate (PEM), where the broker asks for one; needs keyFile."),
        r.OptionalText("keyFile", TextRule.Line, "File with that certificate's key (PEM, without a password)."));

    private static SafetyDescription Safety(FieldReader r) => new(
        r.Number("deviceSilentSeconds", 0.002, 1, "Silence of a drive at which the arm is stopped, s; at least two periods of the loop."),
        r.Number("toolSilentSeconds", 0.01, 5, "Silence of the tool at which the arm is stopped, s; at least two of its polls."),
        r.Number("stopSeconds", 0.05, 30, "Longest controlled stop, s; then the drives lose their energy. No shorter than the joints' limits allow."));
}
