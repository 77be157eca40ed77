using Xunit;
using Edge.Control;
using Edge.Hil.Plant;
using Edge.Hil.RealTime;
using Edge.Hil.Scenes;
using Edge.Hil.Tasks;
using Edge.Robots;
using Edge.Tests.Inference;

namespace Edge.Tests.EndToEnd;

/// <summary>Broker, rig and the published controller, in real time, with a task under way.</summary>
internal sealed class RealTimeFixture : IDisposable
{
    private const int MostStarts = 3;
    private const double StartSeconds = 60;

    /// <summary>Starts everything, and waits until the controller is ready.</summary>
    /// <param name="arm">The controller arms itself; otherwise the robot file lets it be armed by wire.</param>
    /// <param name="environment">Variables of the controller's environment, NAME=VALUE.</param>
    public RealTimeFixture(bool arm = true, params string[] environment)
    {
        Folder = Directory.CreateTempSubdirectory("edge-end-to-end-").FullName;
        var source = Path.Combine(Fixture.Root, "firmware-host", "robots", "xarm6-damiao.json");
        Robot = RobotFile.Load(source);
        var random = SceneRandom.For(710_000, "end-to-end");
        Scene = SceneSampler.Draw(random, 2, 1);
        Broker = new Broker(Folder);
        Rig = new RealTimeRig(Robot, Scene);
        RobotPath = Path.Combine(Folder, "robot.json");
        Rig.WriteRobotFile(source, RobotPath, Broker.Port, json => json["mqtt"]!["mayArm"] = !arm);
        Rig.Start();
        // env becomes the program that it starts: the same process.
        string[] command = [.. environment, Published, "run", "--robot", RobotPath, "--report", Path.Combine(Folder, "report.json"), .. arm ? ["--arm"] : Array.Empty<string>()];
        Edge = ChildProcess.Start("/usr/bin/env", command);
        // A machine that stands still for seconds while the controller starts is refused by its self-test, as it should be; that is not what is tested here.
        for (var starts = 1; starts < MostStarts && StateAfterStart() != (arm ? "edge: Armed" : "edge: Idle"); starts++)
        {
            Edge.Dispose();
            Edge = ChildProcess.Start("/usr/bin/env", command);
        }
    }

    private static string Published => Path.Combine(Fixture.Root, "out", "publish", "edge");

    public string Folder { get; }

    public string RobotPath { get; }

    public RobotDescription Robot { get; }

    public Scene Scene { get; }

    public Broker Broker { get; }

    public RealTimeRig Rig { get; }

    public ChildProcess Edge { get; }

    /// <summary>What the controller said, but for the checks that it passed.</summary>
    public string Log => string.Join('\n', Edge.Lines.Where(line => !line.EndsWith(": ok", StringComparison.Ordinal)));

    /// <summary>What the controller says when its self-test is over.</summary>
    private string? StateAfterStart()
    {
        string? state = null;
        Eventually(() => (state = Edge.Lines.FirstOrDefault(line => line is "edge: Off" or "edge: Idle" or "edge: Armed")) is not null || Edge.HasExited, StartSeconds);
        return state;
    }

    /// <summary>Arms, gives a task and waits until the arm is well under way.</summary>
    public ChildProcess StartTask()
    {
        Assert.True(StateAfterStart() == "edge: Armed", Log);
        var task = TaskRegistry.Get("simple_manipulation");
        var instruction = task.Instruct(Scene, new TaskGoal(0, -1, 0), DataSplit.Train, SceneRandom.For(1, "text"));
        var client = StartEdge("task", "--robot", RobotPath, instruction);
        Assert.True(Eventually(() => FastestJoint() > 0.2, 60), $"the arm does not move\n{Log}\n{string.Join('\n', client.Lines)}");
        return client;
    }

    /// <summary>Starts the published binary.</summary>
    public static ChildProcess StartEdge(params string[] arguments) => ChildProcess.Start(Published, arguments);

    /// <summary>Speed of the fastest joint, rad/s, from the plant.</summary>
    public double FastestJoint() => Rig.Read(plant => Enumerable.Range(0, plant.JointCount).Max(joint => Math.Abs(plant.VelocityRadS(joint))));

    /// <summary>The arm comes to rest, stays there for longer than any pause within a task, and has kept its limits by the plant's word and the bus's.</summary>
    public void AssertComesToRest(double atMostSeconds = 15)
    {
        var restSince = DateTime.UtcNow;
        Assert.True(Eventually(() =>
        {
            if (FastestJoint() > 0.01)
                restSince = DateTime.UtcNow;
            return DateTime.UtcNow - restSince > TimeSpan.FromSeconds(3);
        }, atMostSeconds), $"the arm does not stay at rest: {FastestJoint():0.000} rad/s\n{Log}");
        for (var joint = 0; joint < Robot.Joints.Length; joint++)
        {
            var (limits, index) = (Robot.Joints[joint].Limits.PositionRad, joint);
            Assert.InRange(Rig.Read(plant => plant.PositionRad(index)), limits[0], limits[1]);
        }

        Assert.True(Rig.Monitor.Report().Violations == 0, Rig.Monitor.Report().ToJson());
    }

    public static bool Eventually(Func<bool> condition, double atMostSeconds)
    {
        var end = DateTime.UtcNow.AddSeconds(atMostSeconds);
        while (DateTime.UtcNow < end)
        {
            if (condition())
                return true;
            Thread.Sleep(10);
        }

        return condition();
    }

    public void Dispose()
    {
        Edge.Dispose();
        Rig.Dispose();
        Broker.Dispose();
        Directory.Delete(Folder, recursive: true);
    }

}
