using System.CommandLine;
using System.Globalization;
using Edge.Cameras;
using Edge.Inference;
using Edge.Planner;
using Edge.Policy;
using Edge.Robots;

namespace Edge.Host;

/// <summary><c>edge models</c>: what the model packages of a robot are, how they do on this machine, and their TensorRT engines.</summary>
public static class ModelsCommand
{
    /// <summary>Makes the command.</summary>
    /// <param name="robot">The option that names the robot file.</param>
    /// <param name="withRobot">Loads the robot file and reports what is wrong with it.</param>
    public static Command Create(Option<string> robot, Func<string, Func<RobotDescription, int>, int> withRobot)
    {
        var again = new Option<bool>("--again") { Description = "Build also what is there" };
        var build = new Command("build", $"Build TensorRT engines and timing caches ahead of time, into {EngineCache.Default.Root} (environment: {EngineCache.RootVariable})") { robot, again };
        build.SetAction(parsed => withRobot(parsed.GetValue(robot)!, description => Guarded(() => Build(description, parsed.GetValue(again)))));
        var check = new Command("check", "Load the packages, compare their golden inputs, time them; 0: the robot may be armed with them") { robot };
        check.SetAction(parsed => withRobot(parsed.GetValue(robot)!, description => Guarded(() => Check(description))));
        var list = new Command("list", "Show the packages and the engines in the cache") { robot };
        list.SetAction(parsed => withRobot(parsed.GetValue(robot)!, description => Guarded(() => List(description))));
        return new Command("models", "Model packages: check, build engines, list") { check, build, list };
    }

    private static int Guarded(Func<int> action)
    {
        try
        {
            return action();
        }
        catch (ModelException e)
        {
            Console.Error.WriteLine($"edge: {e.Message}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"edge: {e.Message} Give {EngineCache.Default.Root} to this user, or name another folder in {EngineCache.RootVariable}.");
        }

        return 1;
    }

    private static int Check(RobotDescription robot)
    {
        using var planner = VlmPlanner.Load(robot.Planner.Package, ModelRuntime.For(robot.Planner.Provider));
        using var policy = DiffusionPolicy.Load(robot.Policy.Package, new CameraModel(robot.PolicyCamera), ModelRuntime.For(robot.Policy.Provider));
        var slow = false;
        foreach (var model in ModelHealth.Of(robot, planner, policy))
        {
            Console.WriteLine($"edge: {model}");
            if (model.IsFastEnough)
                continue;
            Console.WriteLine($"edge: {model.Name} is too slow: {model.Slowness}");
            slow = true;
        }

        return slow ? 1 : 0;
    }

    private static int Build(RobotDescription robot, bool again)
    {
        var built = Build("planner", robot.Planner.Package, robot.Planner.Provider, VlmPlanner.GraphsOf, runtime => VlmPlanner.Load(robot.Planner.Package, runtime), again)
            + Build("policy", robot.Policy.Package, robot.Policy.Provider, _ => DiffusionPolicy.Graphs, runtime => DiffusionPolicy.Load(robot.Policy.Package, new CameraModel(robot.PolicyCamera), runtime), again);
        if (built == 0)
            Console.WriteLine("edge: no package asks for tensorrt: nothing to build. Name it in the robot file (policy.provider, planner.provider) or in a package's manifest (provider.prefer).");
        return 0;
    }

    private static int Build(string kind, string folder, string? provider, Func<ModelPackage, IReadOnlyList<string>> graphs, Func<ModelRuntime, IDisposable> load, bool again)
    {
        var runtime = ModelRuntime.For(provider);
        var package = ModelPackage.Open(folder, kind);
        var builder = new EngineBuilder(runtime, Console.Out);
        var stamps = builder.Build(package, graphs(package), cudaGraph: true, again);
        try
        {
            load(runtime).Dispose(); // compares the golden input
        }
        catch (ModelException e) when (stamps.Any(stamp => stamp.CudaGraph))
        {
            Console.WriteLine($"edge: {e.Message}; building without CUDA graphs");
            stamps = builder.Build(package, graphs(package), cudaGraph: false, again: true);
            load(runtime).Dispose();
        }

        return stamps.Count;
    }

    private static int List(RobotDescription robot)
    {
        Show("planner", robot.Planner.Package, robot.Planner.Provider, VlmPlanner.GraphsOf);
        Show("policy", robot.Policy.Package, robot.Policy.Provider, _ => DiffusionPolicy.Graphs);
        var engines = EngineCache.Default.All().ToArray();
        Console.WriteLine($"engines in {EngineCache.Default.Root}: {engines.Length}");
        foreach (var stamp in engines)
        {
            var key = stamp.Key;
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"  {key.FolderName}: {EngineBuilder.Describe(stamp)}; {key.Platform.Device}, TensorRT {key.Platform.TensorRt}, ONNX Runtime {key.Platform.OnnxRuntime}, {stamp.Files.Values.Sum() / 1e6:0.0} MB"));
        }

        return 0;
    }

    private static void Show(string kind, string folder, string? provider, Func<ModelPackage, IReadOnlyList<string>> graphs)
    {
        var package = ModelPackage.Open(folder, kind);
        var runtime = ModelRuntime.For(provider);
        var preference = package.ProviderUnder(runtime);
        Console.WriteLine($"{kind}: {package.Name} in {package.Folder}, {package.Files.Count} files, for {string.Join(", ", package.Tasks)}");
        Console.WriteLine($"  computes on {string.Join(", ", preference.Prefer.Select(ProviderPreference.NameOf))}{(preference.Require ? ", the first required" : "")} ({(provider is null ? "manifest" : "robot file")})");
        if (!preference.Prefer.Contains(ExecutionProvider.TensorRt))
            return;
        var platform = runtime.FindTensorRt(preference, out var missing);
        foreach (var graph in graphs(package))
        {
            var state = platform is null ? missing
                : runtime.Engines.Find(EngineKey.Of(package.Graph(graph), preference, platform), out var reason) is { } stamp ? EngineBuilder.Describe(stamp) : reason;
            Console.WriteLine($"  {graph}: {state}");
        }
    }
}
