using System.Globalization;
using System.Text;
using Edge.Cameras;
using Edge.Hil.Scenes;
using Edge.Robots;

namespace Edge.Hil.Plant;

/// <summary>
/// Writes the MJCF of a robot and a scene. Kinematics, masses and inertias come from the robot file; what the file does not say (looks, rotor inertia and
/// friction of the drives) is here.
/// </summary>
internal static class PlantModel
{
    /// <summary>Time step: the rate at which the drives' own MIT law runs in the rig.</summary>
    public const double StepSeconds = 0.001;

    /// <summary>Radius of the cup's lip, metres.</summary>
    public const double CupRadiusM = 0.008;

    /// <summary>Collision bits: things among each other; the table under the arm; and one of its own for each object, so that the tool can ignore what it holds.</summary>
    public const int ThingBit = 1, TableBit = 2;

    /// <summary>First of the objects' own bits.</summary>
    public const int FirstObjectBit = 8;

    /// <summary>Most objects in a scene.</summary>
    public const int MaxObjects = 20;

    /// <summary>What the arm collides with: the table and every object.</summary>
    public const int ArmAffinity = TableBit | (((1 << MaxObjects) - 1) << FirstObjectBit);

    private const double TableThicknessM = 0.03, FloorZ = -0.72, AreaHeightM = 0.0006, BeamDensityKgM3 = 500;

    /// <summary>The whole model.</summary>
    public static byte[] Write(RobotDescription robot, Scene scene)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(scene.Objects.Count, MaxObjects);
        var xml = new StringBuilder(16384);
        var look = scene.Look;
        Add(xml, $"""
            <mujoco model="edge">
            <compiler angle="radian" autolimits="true"/>
            <option timestep="{StepSeconds}" cone="elliptic" impratio="5" iterations="30" solver="Newton"><flag multiccd="enable"/></option>
            <size njmax="1200" nconmax="200" nstack="500000"/>
            <statistic center="0.35 0 0" extent="0.75"/>
            <visual>
            <quality numslices="24" numstacks="12"/>
            <headlight ambient="{Scaled(look.Tint, look.Ambient)}" diffuse="0 0 0" specular="0 0 0"/>
            <map shadowclip="1" shadowscale="0.9"/>
            </visual>
            <asset>
            <material name="link" rgba=".86 .87 .89 1" specular=".35" shininess=".5"/>
            <material name="joint" rgba=".22 .24 .27 1" specular=".4" shininess=".5"/>
            <material name="tool" rgba=".35 .37 .40 1" specular=".5" shininess=".6"/>
            <material name="rubber" rgba=".08 .08 .09 1" specular=".1" shininess=".1"/>
            <material name="table" rgba="{Rgba(look.Table)}" specular=".08" shininess=".2"{(look.TableContrast > 0 ? Text($""" texture="squares" texuniform="true" texrepeat="{1 / look.TableSquareM} {1 / look.TableSquareM}" """) : "")}/>
            <material name="floor" rgba="{Rgba(look.Floor)}" specular="0"/>

            """);
        // Two squares by two, repeated as often as texrepeat says for every two metres.
        if (look.TableContrast > 0)
            Add(xml, $"""<texture name="squares" type="2d" builtin="checker" width="64" height="64" rgb1="1 1 1" rgb2="{Scaled(new Rgb(1, 1, 1), 1 - look.TableContrast)}"/>{'\n'}""");
        for (var i = 0; i < scene.Objects.Count; i++)
        {
            if (scene.Objects[i].Shape == ObjectShape.Prism)
                WritePrismMesh(xml, scene.Objects[i], i);
        }

        var light = Normalise(look.KeyDirection);
        Add(xml, $"""
            </asset>
            <default>
            <geom condim="4" friction="{scene.SlidingFriction} 0.01 0.0005" solref="0.005 1" solimp="0.95 0.99 0.001"/>
            <default class="arm"><geom contype="0" conaffinity="{ArmAffinity}" material="link"/></default>
            <default class="look"><geom contype="0" conaffinity="0"/></default>
            </default>
            <worldbody>
            <light directional="true" castshadow="true" pos="{0.38 - (1.5 * light[0])} {-1.5 * light[1]} {-1.5 * light[2]}" dir="{light[0]} {light[1]} {light[2]}" diffuse="{Scaled(look.Tint, look.Key)}" specular=".3 .3 .3" ambient="0 0 0"/>
            <light directional="true" castshadow="false" pos="0 0 2" dir="-0.6 0.1 -0.8" diffuse="{Scaled(look.Tint, look.Fill)}" specular="0 0 0" ambient="0 0 0"/>
            <geom class="look" type="plane" size="3 3 .1" pos="0 0 {FloorZ}" material="floor"/>
            <geom class="look" type="box" size="0.54 0.5 {TableThicknessM / 2}" pos="0.42 0 {-TableThicknessM / 2}" material="table"/>
            <geom name="table" type="plane" size="0.54 0.5 .1" pos="0.42 0 0" contype="{ThingBit | TableBit}" conaffinity="{ThingBit}" group="3"/>

            """);
        WriteTableLegs(xml);
        foreach (var camera in robot.Cameras)
        {
            if (camera.Marks is { } marks)
                WriteMarks(xml, marks);
        }

        foreach (var ball in scene.Areas.Where(a => a.HeightM > 0))
            Add(xml, $"""<geom class="look" type="sphere" size="{ball.SideM / 2}" pos="{ball.X} {ball.Y} {ball.HeightM}" rgba="{Rgba(ball.Paint)}"/>{'\n'}""");
        foreach (var area in scene.Areas.Where(a => a.HeightM == 0))
            Add(xml, $"""<geom class="look" type="plane" size="{area.SideM / 2} {area.SideM / 2} 0.1" pos="{area.X} {area.Y} {AreaHeightM}" rgba="{Rgba(area.Paint)}"/>{'\n'}""");
        if (scene.Beam is { } beam)
            WriteBeam(xml, beam);
        WriteArm(xml, robot);
        for (var i = 0; i < scene.Objects.Count; i++)
            WriteObject(xml, scene.Objects[i], i, scene.DensityKgM3);
        Add(xml, $"</worldbody>\n<equality>\n");
        for (var i = 0; i < scene.Objects.Count; i++)
            Add(xml, $"""<weld name="seal{i}" body1="tool" body2="object{i}" active="false" solref="0.004 1" solimp="0.98 0.999 0.001"/>{'\n'}""");
        Add(xml, $"</equality>\n</mujoco>\n");
        return Encoding.UTF8.GetBytes(xml.ToString());
    }

    private static void WriteTableLegs(StringBuilder xml)
    {
        foreach (var x in (ReadOnlySpan<double>)[-0.08, 0.92])
        {
            foreach (var y in (ReadOnlySpan<double>)[-0.45, 0.45])
                Add(xml, $"""<geom class="look" type="box" size="0.02 0.02 {-FloorZ / 2}" pos="{x} {y} {(FloorZ / 2) - TableThicknessM}" material="joint"/>{'\n'}""");
        }
    }

    /// <summary>Rings on the table, below all that lies there.</summary>
    private static void WriteMarks(StringBuilder xml, MarksDescription marks)
    {
        for (var i = 0; i < marks.XM.Length; i++)
        {
            Add(xml, $"""
                <geom class="look" type="cylinder" size="{TableMarks.OuterRadiusM} 0.0001" pos="{marks.XM[i]} {marks.YM[i]} 0.0001" rgba=".1 .1 .1 1"/>
                <geom class="look" type="cylinder" size="{TableMarks.InnerRadiusM} 0.0002" pos="{marks.XM[i]} {marks.YM[i]} 0.0002" material="table"/>

                """);
        }
    }

    private static void WriteBeam(StringBuilder xml, SceneBeam beam) => Add(xml, $"""
        <geom class="look" type="box" size="0.012 0.012 {SceneBeam.PivotZM / 2}" pos="{beam.X} {beam.Y} {SceneBeam.PivotZM / 2}" material="joint"/>
        <body name="beam" pos="{beam.X} {beam.Y} {SceneBeam.PivotZM}">
        <joint name="beam" axis="1 0 0" range="{-SceneBeam.StopRad} {SceneBeam.StopRad}" stiffness="{SceneBeam.StiffnessNmPerRad}" damping="0.004" solreflimit="0.004 1"/>
        <geom name="beam" type="box" size="{SceneBeam.HalfWidthM} {SceneBeam.HalfLengthM} {SceneBeam.HalfThicknessM}" density="{BeamDensityKgM3}" contype="{ThingBit | TableBit}" conaffinity="{ThingBit}" material="tool"/>
        </body>

        """);

    private static void WriteArm(StringBuilder xml, RobotDescription robot)
    {
        var first = robot.Joints[0].OriginM;
        var pedestal = Math.Max(0.02, first[2] - 0.06);
        Add(xml, $"""
            <geom class="look" type="cylinder" size="0.075 0.006" pos="{first[0]} {first[1]} 0.006" material="joint"/>
            <geom class="look" type="cylinder" size="0.055 {pedestal / 2}" pos="{first[0]} {first[1]} {pedestal / 2}" material="link"/>

            """);
        for (var i = 0; i < robot.Joints.Length; i++)
        {
            var joint = robot.Joints[i];
            var mechanics = DriveMechanics.Of(joint.Drive.Model);
            var link = joint.Link;
            // Thinner towards the tool.
            var radius = 0.050 - (0.024 * i / Math.Max(1, robot.Joints.Length - 1));
            Add(xml, $"""
                <body name="link{i}" pos="{Numbers(joint.OriginM)}" quat="{Math.Cos(joint.OriginRollRad / 2)} {Math.Sin(joint.OriginRollRad / 2)} 0 0" childclass="arm">
                <inertial pos="{Numbers(link.ComM)}" mass="{link.MassKg}" fullinertia="{Numbers(link.InertiaKgM2)}"/>
                <joint name="joint{i}" axis="0 0 1" range="{joint.Limits.PositionRad[0] - EndStopRad} {joint.Limits.PositionRad[1] + EndStopRad}" armature="{mechanics.ArmatureKgM2}" damping="{mechanics.DampingNmSPerRad}" frictionloss="{mechanics.FrictionNm}" solreffriction="0.004 1" solimpfriction="0.9995 0.9995 0.001"/>
                <geom class="look" type="cylinder" size="{radius} {radius * 1.15}" material="joint"/>

                """);
            if (i + 1 < robot.Joints.Length && Length(robot.Joints[i + 1].OriginM) > 0.02)
                Add(xml, $"""<geom name="link{i}" type="capsule" size="{radius * 0.82}" fromto="0 0 0 {Numbers(robot.Joints[i + 1].OriginM)}"/>{'\n'}""");
        }

        WriteTool(xml, robot.Tool);
        for (var i = 0; i < robot.Joints.Length; i++)
            xml.Append("</body>\n");
    }

    /// <summary>A flange, a body, a tube and a cup whose lip is at the tool point. The cup's axis is the flange's z.</summary>
    private static void WriteTool(StringBuilder xml, ToolDescription tool)
    {
        double x = tool.TcpM[0], y = tool.TcpM[1], z = tool.TcpM[2];
        // A rod from flange to lip of the tool's mass: what the file does not say.
        var across = tool.MassKg * ((0.02 * 0.02 / 4) + (z * z / 12));
        Add(xml, $"""
            <body name="tool" childclass="arm">
            <inertial pos="{Numbers(tool.ComM)}" mass="{tool.MassKg}" diaginertia="{across} {across} {tool.MassKg * 0.02 * 0.02 / 2}"/>
            <geom class="look" type="cylinder" size="0.030 0.006" pos="{x} {y} 0.006" material="joint"/>
            <geom name="tool" type="cylinder" size="0.020 {(z - 0.052) / 2}" pos="{x} {y} {(z - 0.032) / 2}" material="tool"/>
            <geom name="tube" type="cylinder" size="0.006 0.018" pos="{x} {y} {z - 0.026}" material="joint"/>
            <geom class="look" type="ellipsoid" size="{CupRadiusM * 1.05} {CupRadiusM * 1.05} 0.004" pos="{x} {y} {z - 0.010}" material="rubber"/>
            <geom name="cup" type="cylinder" size="{CupRadiusM} 0.004" pos="{x} {y} {z - 0.004}" material="rubber" friction="1.2 0.02 0.001" solref="0.008 1"/>
            <site name="lip" pos="{x} {y} {z}" size="0.002" rgba="0 0 0 0"/>
            </body>

            """);
    }

    private static void WriteObject(StringBuilder xml, SceneObject thing, int index, double densityKgM3)
    {
        double w = thing.WidthM / 2, l = thing.LengthM / 2, h = thing.HeightM / 2;
        var geometry = thing.Shape switch
        {
            ObjectShape.Cylinder => Text($"""type="cylinder" size="{w} {h}" """),
            ObjectShape.Prism => Text($"""type="mesh" mesh="prism{index}" """),
            _ => Text($"""type="box" size="{l} {w} {h}" """),
        };
        Add(xml, $"""
            <body name="object{index}" pos="{thing.X} {thing.Y} {thing.BaseZ + h}" quat="{Math.Cos(thing.YawRad / 2)} 0 0 {Math.Sin(thing.YawRad / 2)}"><freejoint name="free{index}"/>
            <geom name="object{index}" {geometry} density="{densityKgM3}" contype="{ThingBit | (1 << (FirstObjectBit + index))}" conaffinity="{ThingBit}" rgba="{Rgba(thing.Paint)}"/></body>

            """);
    }

    private static void WritePrismMesh(StringBuilder xml, SceneObject thing, int index)
    {
        var h = thing.HeightM / 2;
        Add(xml, $"<mesh name=\"prism{index}\" vertex=\"");
        for (var k = 0; k < 3; k++)
        {
            double angle = 2 * Math.PI * k / 3, x = thing.FootprintRadiusM * Math.Cos(angle), y = thing.FootprintRadiusM * Math.Sin(angle);
            Add(xml, $"{x} {y} {-h} {x} {y} {h} ");
        }

        Add(xml, $"\"/>\n");
    }

    /// <summary>The hard stop lies this far beyond the file's limit.</summary>
    private const double EndStopRad = 0.1;

    private static string Scaled(Rgb tint, double by) => Text($"{tint.R * by} {tint.G * by} {tint.B * by}");

    private static string Rgba(Rgb c) => Text($"{c.R} {c.G} {c.B} 1");

    private static string Numbers(double[] values) => string.Join(' ', values.Select(v => v.ToString("R", CultureInfo.InvariantCulture)));

    private static double Length(double[] a) => Math.Sqrt((a[0] * a[0]) + (a[1] * a[1]) + (a[2] * a[2]));

    private static double[] Normalise(double[] a) => [a[0] / Length(a), a[1] / Length(a), a[2] / Length(a)];

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static void Add(StringBuilder xml, FormattableString text) => xml.Append(text.ToString(CultureInfo.InvariantCulture));
}

/// <summary>What a drive adds to its joint, at the output shaft.</summary>
/// <param name="ArmatureKgM2">Rotor inertia times the square of the gear ratio.</param>
/// <param name="DampingNmSPerRad">Viscous friction.</param>
/// <param name="FrictionNm">Dry friction.</param>
internal readonly record struct DriveMechanics(double ArmatureKgM2, double DampingNmSPerRad, double FrictionNm)
{
    /// <summary>By model. The makers publish no such numbers: these are estimates for rotors of that size behind 9:1 (8009), 40:1 (4340) and 10:1 (4310) gears.</summary>
    public static DriveMechanics Of(string model) => model switch
    {
        "J8009P" => new(0.020, 0.20, 0.15),
        "J4340P" => new(0.025, 0.20, 0.15),
        _ => new(0.005, 0.05, 0.04),
    };
}
