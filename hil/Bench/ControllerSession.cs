using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using Edge.Hil.RealTime;
using Edge.Hil.Scenes;
using Edge.Hil.Tasks;
using Edge.Host;
using Edge.Robots;

namespace Edge.Hil.Bench;

/// <summary>
/// Broker, rig and the published controller in real time, armed, with everything on: tasks without pause, a planner that never rests, the policy at its rate,
/// MQTT traffic, and the run's samples being taken.
/// </summary>
internal sealed class ControllerSession : IDisposable
{
    private const ulong SceneSeed = 720_001; // trained on by nobody
    /// <summary>About what starting, warming up and ending take.</summary>
    public const double OverheadSeconds = 45;

    private const double WarmUpSeconds = 40;
    private const double StartSeconds = 60, StopSeconds = 15;
    private readonly Broker _broker;
    private readonly string _report;

    /// <summary>Starts all and arms.</summary>
    /// <param name="context">Controller and robot file.</param>
    /// <param name="name">Folder for its files, within the context's.</param>
    /// <param name="exercisePlanner">The planner decodes without pause.</param>
    /// <param name="motion">Sees the commands on the bus; null: nobody.</param>
    /// <exception cref="BenchException">It did not arm.</exception>
    public ControllerSession(BenchContext context, string name, bool exercisePlanner = true, MotionWatch? motion = null)
    {
        var folder = Directory.CreateDirectory(context.File(name)).FullName;
        Robot = RobotFile.Load(context.RobotFile);
        Scene = TaskRegistry.Get("touch").Sample(SceneSeed).Scene;
        Instructions = [.. Scene.Objects.Select(thing => $"touch the {thing.Name}")];
        _report = Path.Combine(folder, "report.json");
        File.Delete(_report);
        _broker = new Broker(folder);
        Rig = new RealTimeRig(Robot, Scene, motion);
        var robotFile = Path.Combine(folder, "robot.json");
        Rig.WriteRobotFile(context.RobotFile, robotFile, _broker.Port, Prepare);
        Rig.Start();
        List<string> arguments = ["run", "--robot", robotFile, "--arm", "--state", Path.Combine(folder, "state"), "--report", _report, "--trace", Path.Combine(folder, "trace.csv")];
        if (exercisePlanner)
            arguments.Add("--exercise-planner");
        Edge = ChildProcess.Start(context.Edge, arguments);
        if (!Edge.WaitForLine("edge: Armed", StartSeconds))
        {
            var lines = string.Join('\n', Edge.Lines);
            Dispose();
            throw new BenchException($"the controller did not arm; it said:\n{lines}");
        }

        Traffic = new TaskTraffic(Robot.Mqtt, _broker.Port);
    }

    /// <summary>The robot.</summary>
    public RobotDescription Robot { get; }

    /// <summary>What stands on the table.</summary>
    public Scene Scene { get; }

    /// <summary>Tasks that make sense in the scene, however often.</summary>
    public IReadOnlyList<string> Instructions { get; }

    /// <summary>The rig.</summary>
    public RealTimeRig Rig { get; }

    /// <summary>The controller.</summary>
    public ChildProcess Edge { get; }

    /// <summary>Its tasks and messages.</summary>
    public TaskTraffic Traffic { get; } = null!;

    /// <summary>
    /// Lets each task run twice, so that what is made once is made (the planner's bindings for each length of a prompt), then starts the controller's statistics anew.
    /// </summary>
    public void WarmUp(BenchContext context)
    {
        var watch = Stopwatch.StartNew();
        while (Traffic.Tasks.Finished < 2 * Instructions.Count && watch.Elapsed.TotalSeconds < WarmUpSeconds)
            context.Wait(1, "warming up", 0.05, 0.05);
        Edge.SignalUser1();
    }

    /// <summary>Ends the controller with a controlled stop and reads its report.</summary>
    /// <exception cref="BenchException">It did not end well.</exception>
    public RunReport End()
    {
        Traffic.Dispose();
        Edge.Terminate();
        if (!Edge.WaitForExit(StopSeconds) || Edge.ExitCode != 0 || !File.Exists(_report))
            throw new BenchException($"the controller did not end with a controlled stop; it said:\n{string.Join('\n', Edge.Lines)}");
        return JsonSerializer.Deserialize(File.ReadAllText(_report), HostJson.Default.RunReport)!;
    }

    /// <summary>
    /// Changes of the robot file for a measurement. What is measured is how late the loop is, not when it gives up: a virtual machine may stand still for a fifth of
    /// a second.
    /// </summary>
    public static void Prepare(JsonNode robot)
    {
        robot["mqtt"]!["mayArm"] = true; // after a stop that was measured
        robot["loop"]!["maxMissedTicksInARow"] = 1000;
        robot["safety"]!["deviceSilentSeconds"] = 1;
        robot["safety"]!["toolSilentSeconds"] = 2;
        robot["policy"]!["maxChunkAgeSeconds"] = 2;
        foreach (var joint in robot["joints"]!.AsArray())
        {
            joint!["drive"]!["timeoutSeconds"] = 1;
            joint["limits"]!["trackingErrorRad"] = 1;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Traffic?.Dispose();
        Edge.Dispose();
        Rig.Dispose();
        _broker.Dispose();
    }
}
