using System.Diagnostics;
using System.Globalization;
using Edge.Cameras;
using Edge.Inference;
using Edge.Policy;
using Edge.Robots;

namespace Edge.Hil.Bench;

/// <summary>A chunk of the shipped policy: ours, the bare calls to ONNX Runtime, PyTorch eager and traced; same weights, solver, steps, one thread. All by the
/// thread's processor time, which equals the wall's on a core that nobody else wants.</summary>
internal sealed class SamplerItem : IBenchItem
{
    private const double MostOfBare = 1.02, LeastOfEager = 3;
    private const int WarmUps = 20, LeastRounds = 30, MostRounds = 2000;

    /// <summary>Each of the two is loaded this often, and they take turns: where a load's memory happens to lie is worth some per cent, either way.</summary>
    private const int Loads = 12;

    /// <inheritdoc/>
    public string Key => "sampler";

    /// <inheritdoc/>
    public string Title => "Sampler";

    /// <inheritdoc/>
    public string Goal => "a chunk takes at most 1.02 x the bare ONNX Runtime calls, and is at least 3 x faster than PyTorch eager";

    /// <inheritdoc/>
    public double WantedSeconds => 40;

    /// <inheritdoc/>
    public BenchResult Run(BenchContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        var robot = RobotFile.Load(context.RobotFile);
        var package = robot.Policy.Package;
        using var loads = new LoadedSamplers(package, new CameraModel(robot.PolicyCamera));
        using var torch = new TorchPeer(package);
        var turn = 0;
        (int Place, string Name, Func<long> Draw, List<long> Ns)[] contenders =
        [
            (0, "ours", () => Timed(loads.Ours[turn].Draw), []),
            (1, "bare calls", () => Timed(loads.Bare[turn].Draw), []),
            (2, "PyTorch eager", () => torch.Draw("eager"), []),
            (3, "PyTorch traced", () => torch.Draw("jit"), []),
        ];

        // In turns, each round in another order: whatever else the machine does hits all alike, and so does a cache that the one before left cold.
        var order = new Random(1);
        var clock = Stopwatch.StartNew();
        for (var round = -WarmUps; round < MostRounds && (round < LeastRounds || clock.Elapsed.TotalSeconds < context.Seconds); round++)
        {
            if (round % 50 == 0)
                context.Report(clock.Elapsed.TotalSeconds / context.Seconds, round < 0 ? "warming up" : "drawing chunks in turns");
            order.Shuffle(contenders);
            turn = (turn + 1) % Loads;
            foreach (var contender in contenders)
            {
                var ns = contender.Draw();
                if (round >= 0)
                    contender.Ns.Add(ns);
            }
        }

        contenders = [.. contenders.OrderBy(c => c.Place)];
        double[] medians = [.. contenders.Select(c => EpisodeStudy.Quantile(c.Ns.Select(ns => ns / 1e6), 0.5))];
        return BenchResult.Of(
            string.Create(CultureInfo.InvariantCulture, $"{medians[0]:0.00} ms a chunk: {medians[0] / medians[1]:0.000} x the bare calls, {medians[2] / medians[0]:0.0} x faster than PyTorch eager, {medians[3] / medians[0]:0.0} x than traced"),
            [
                new("processor time of a chunk", medians[0], "the bare calls", medians[1], "ms", AtMost: MostOfBare),
                new("processor time of PyTorch eager", medians[2], "ours", medians[0], "ms", AtLeast: LeastOfEager),
            ],
            [.. contenders.Select((c, i) => new BenchRow(c.Name,
            [
                new("p50", medians[i], "ms"),
                new("p99", EpisodeStudy.Quantile(c.Ns.Select(ns => ns / 1e6), 0.99), "ms"),
                new("chunks", c.Ns.Count, ""),
            ]))],
            reason: "what a chunk costs beyond the calls is some microseconds; the rest is where each load's memory lies, and what else ran",
            tried: "memory patterns, one thread, bound tensors without copies, all graph optimisations, many loads of each in turns");
    }

    private static long Timed(Action draw)
    {
        var start = ThreadClock.NowNs;
        draw();
        return ThreadClock.NowNs - start;
    }

    /// <summary>Every load of the two.</summary>
    private sealed class LoadedSamplers : IDisposable
    {
        public LoadedSamplers(string package, CameraModel camera)
        {
            try
            {
                for (var i = 0; i < Loads; i++)
                {
                    Ours.Add(DiffusionPolicy.Load(package, camera, ModelRuntime.For("cpu"))); // PyTorch has the processor only
                    Bare.Add(new BareSampler(package, Ours[i].Manifest.SolverSteps));
                }
            }
            catch
            {
                Dispose();
                throw;
            }
        }

        public List<DiffusionPolicy> Ours { get; } = [];

        public List<BareSampler> Bare { get; } = [];

        public void Dispose()
        {
            foreach (var sampler in (IEnumerable<IDisposable>)[.. Ours, .. Bare])
                sampler.Dispose();
        }
    }
}
