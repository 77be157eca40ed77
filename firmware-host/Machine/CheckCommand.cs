using System.CommandLine;
using Edge.Inference;
using Edge.Planner;
using Edge.Policy;
using Edge.Robots;

namespace Edge.Machine;

/// <summary><c>edge check</c>: whether this machine can run a robot, and what to do where it cannot.</summary>
public static class CheckCommand
{
    private const int NameWidth = 22;
    private static readonly string[] Words = ["ok", "warn", "fail"];

    /// <summary>Makes the command.</summary>
    /// <param name="robot">The option that names the robot file.</param>
    /// <param name="withRobot">Loads the robot file and reports what is wrong with it.</param>
    public static Command Create(Option<string> robot, Func<string, Func<RobotDescription, int>, int> withRobot)
    {
        var command = new Command("check", "Check a robot file, and whether this machine can run that robot; 0: nothing fails") { robot };
        command.SetAction(parsed => withRobot(parsed.GetValue(robot)!, description => Run(ChecksFor(description, new MachineFiles(), ModelRuntime.For), Console.Out)));
        return command;
    }

    /// <summary>The rows for a robot, in their order.</summary>
    /// <param name="robot">The robot.</param>
    /// <param name="machine">The machine.</param>
    /// <param name="runtimeFor">How the machine runs models, for the robot file's choice of providers.</param>
    public static IReadOnlyList<IMachineCheck> ChecksFor(RobotDescription robot, MachineFiles machine, Func<string?, ModelRuntime> runtimeFor)
    {
        ArgumentNullException.ThrowIfNull(robot);
        ArgumentNullException.ThrowIfNull(runtimeFor);
        var core = LoopCore.Of(robot.Loop, machine);
        var planner = new Lazy<ModelPackage>(() => ModelPackage.Open(robot.Planner.Package, "planner"));
        var policy = new Lazy<ModelPackage>(() => ModelPackage.Open(robot.Policy.Package, "policy"));
        return
        [
            new RobotFileCheck(robot),
            new PreemptionCheck(machine),
            new ThrottlingCheck(machine),
            new LockedMemoryCheck(machine),
            new RealtimePriorityCheck(machine, robot.Loop.Priority),
            new GovernorCheck(machine, core),
            new IsolationCheck(machine, core),
            new InterruptCheck(machine, core),
            new WakeLatencyCheck(machine),
            new ClockSourceCheck(machine),
            new PowerModeCheck(machine),
            .. robot.Buses.Select(bus => new BusCheck(machine, bus)),
            .. robot.Cameras.Select(camera => new CameraCheck(machine, camera)),
            new PackageCheck("planner", planner),
            new EngineCheck("planner", planner, VlmPlanner.GraphsOf, runtimeFor(robot.Planner.Provider)),
            new PackageCheck("policy", policy),
            new EngineCheck("policy", policy, _ => DiffusionPolicy.Graphs, runtimeFor(robot.Policy.Provider)),
            new BrokerCheck(robot.Mqtt),
        ];
    }

    /// <summary>Looks at everything and writes a row each; returns the exit code: 0 where nothing fails.</summary>
    public static int Run(IEnumerable<IMachineCheck> checks, TextWriter output)
    {
        ArgumentNullException.ThrowIfNull(checks);
        ArgumentNullException.ThrowIfNull(output);
        var counts = new int[Words.Length];
        foreach (var check in checks)
        {
            var (state, found, mend) = check.Look();
            counts[(int)state]++;
            output.WriteLine($"{Words[(int)state],-4}  {check.Name.PadRight(NameWidth)}{found}");
            if (mend.Length > 0)
                output.WriteLine($"{"",6}{"",NameWidth}-> {mend}");
        }

        output.WriteLine(string.Join(", ", Words.Select((word, state) => $"{counts[state]} {word}")));
        return counts[(int)CheckState.Fail] == 0 ? 0 : 1;
    }
}
