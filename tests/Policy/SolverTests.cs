using System.Runtime.CompilerServices;
using System.Text.Json;
using Edge.Policy;
using Xunit;

namespace Edge.Tests.Policy;

/// <summary>Solvers against torch's numbers (reference/solvers.py) and against targets whose best predictor is known in closed form.</summary>
public sealed class SolverTests
{
    private const int Timesteps = 100;
    private const int Samples = 4000;

    public static TheoryData<string, int, PredictionKind> Kinds
    {
        get
        {
            var data = new TheoryData<string, int, PredictionKind> { { "flow", 100, PredictionKind.V } };
            foreach (var kind in Enum.GetValues<PredictionKind>())
            {
                data.Add("ddim", 100, kind);
                data.Add("ddpm", 100, kind);
                data.Add("dpm-solver++", 100, kind);
            }

            return data;
        }
    }

    [Fact]
    public void ScheduleAndSolversComputeWhatTorchComputes()
    {
        using var json = JsonDocument.Parse(File.ReadAllText(Path.Combine(Folder(), "reference", "solvers.json")));
        var root = json.RootElement;
        var schedule = new NoiseSchedule(Timesteps);
        var alphas = Numbers(root.GetProperty("alphasCumprod"));
        for (var i = 0; i < Timesteps; i++)
            Assert.Equal(alphas[i], schedule.AlphaBar(i), 1e-12);

        var start = Numbers(root.GetProperty("start"));
        var cases = 0;
        foreach (var item in root.GetProperty("cases").EnumerateArray())
        {
            var name = item.GetProperty("solver").GetString()!;
            var kind = item.TryGetProperty("prediction", out var prediction) ? Enum.Parse<PredictionKind>(prediction.GetString()!, ignoreCase: true) : PredictionKind.V;
            var solver = Create(name, start.Length, item.GetProperty("steps").GetInt32(), kind, 1.2f);
            var sample = start.Select(x => (float)x).ToArray();
            solver.Solve(sample, new Wave(), new Recorded(root.GetProperty("noises")));
            var expected = Numbers(item.GetProperty("result"));
            for (var i = 0; i < expected.Length; i++)
                Assert.Equal(expected[i], sample[i], 2e-3);
            cases++;
        }

        Assert.Equal(4 * (1 + (3 * 3)), cases);
    }

    /// <summary>For one Gaussian the deterministic solvers are the affine map noise to mean + spread * noise; the ancestral one has its moments.</summary>
    [Theory]
    [MemberData(nameof(Kinds))]
    public void GaussianComesOutAsGaussian(string name, int steps, PredictionKind kind)
    {
        var noise = new GaussianNoise(5);
        var start = new float[Samples];
        noise.Fill(start);
        var sample = start.ToArray();
        Create(name, Samples, steps, kind, 100).Solve(sample, new Mixture(name, kind, [(1, 0.4, 0.3)]), noise);
        Assert.Equal(0.4, sample.Average(), 0.02);
        Assert.Equal(0.3, Math.Sqrt(sample.Select(x => (x - 0.4) * (x - 0.4)).Average()), 0.02);
        if (name == "ddpm")
            return;
        for (var i = 0; i < Samples; i++)
            Assert.Equal(0.4 + (0.3 * start[i]), sample[i], 0.03);
    }

    /// <summary>Second order: with few steps the error falls faster than DDIM's.</summary>
    [Fact]
    public void TheSecondOrderSolverNeedsFewerSteps()
    {
        double first = WorstError("ddim"), second = WorstError("dpm-solver++");
        Assert.True(second < first / 3, $"{second} against {first}");

        static double WorstError(string name)
        {
            var noise = new GaussianNoise(5);
            var start = new float[Samples];
            noise.Fill(start);
            var sample = start.ToArray();
            Create(name, Samples, 20, PredictionKind.V, 100).Solve(sample, new Mixture(name, PredictionKind.V, [(1, 0.4, 0.3)]), noise);
            return start.Zip(sample, (z, x) => Math.Abs(x - 0.4 - (0.3 * z))).Max();
        }
    }

    [Fact]
    public void ASolverStartsAnewWithEverySample()
    {
        var solver = Create("dpm-solver++", 4, 4, PredictionKind.V, 1.2f);
        float[] first = [0.1f, -1, 2, 0.5f], again = [.. first];
        solver.Solve(first, new Wave(), new GaussianNoise(1));
        solver.Solve(again, new Wave(), new GaussianNoise(1));
        Assert.Equal(first, again);
    }

    /// <summary>Two ways to act must come out as one or the other, in the right shares, never as their mean.</summary>
    [Theory]
    [MemberData(nameof(Kinds))]
    public void MixtureComesOutAsItsModes(string name, int steps, PredictionKind kind)
    {
        var noise = new GaussianNoise(6);
        var sample = new float[Samples];
        noise.Fill(sample);
        Create(name, Samples, steps, kind, 100).Solve(sample, new Mixture(name, kind, [(0.3, -0.8, 0.05), (0.7, 0.6, 0.05)]), noise);
        Assert.Equal(0.3, sample.Count(x => x < 0) / (double)Samples, 0.04);
        Assert.True(sample.Count(x => Math.Abs(x + 0.8) < 0.25 || Math.Abs(x - 0.6) < 0.25) > Samples * 0.97);
    }

    [Fact]
    public void TrailingStepsBeginWithPureNoise()
    {
        Assert.Equal([99, 74, 49, 24], new NoiseSchedule(100).Trailing(4));
        Assert.True(new NoiseSchedule(100).AlphaBar(99) < 1e-6);
        Assert.Equal(1, new NoiseSchedule(100).AlphaBar(-1));
    }

    [Fact]
    public void NoiseIsStandardNormalAndRepeats()
    {
        var first = new float[100_001];
        var again = new float[100_001];
        var noise = new GaussianNoise(1);
        noise.Fill(first);
        noise.Reset(1);
        noise.Fill(again);
        Assert.Equal(first, again);
        Assert.Equal(0, first.Average(), 0.02);
        Assert.Equal(1, first.Select(x => x * x).Average(), 0.02);
        Assert.Equal(3, first.Select(x => x * x * x * x).Average(), 0.15);
        Assert.Equal(0, first.Zip(first.Skip(1), (a, b) => a * b).Average(), 0.02);
    }

    internal static string Folder([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;

    private static ISolver Create(string name, int size, int steps, PredictionKind kind, float clip) => name switch
    {
        "flow" => new FlowMatchingSolver(size, steps, Timesteps),
        "ddim" => new DdimSolver(size, steps, new NoiseSchedule(Timesteps), kind, clip),
        "dpm-solver++" => new DpmSolver(size, steps, new NoiseSchedule(Timesteps), kind, clip),
        _ => new DdpmSolver(size, steps, new NoiseSchedule(Timesteps), kind, clip),
    };

    private static double[] Numbers(JsonElement array) => [.. array.EnumerateArray().Select(x => x.GetDouble())];

    /// <summary>The same function as in the reference.</summary>
    private sealed class Wave : IDenoiser
    {
        public void Predict(ReadOnlySpan<float> sample, float timestep, Span<float> prediction)
        {
            for (var i = 0; i < sample.Length; i++)
                prediction[i] = (float)((0.6 * Math.Sin((1.7 * sample[i]) + (0.05 * timestep))) + (0.3 * sample[i] * Math.Cos(0.03 * timestep)));
        }
    }

    private sealed class Recorded(JsonElement noises) : NoiseSource
    {
        private int _next;

        public override void Fill(Span<float> values)
        {
            var row = Numbers(noises[_next++]);
            for (var i = 0; i < values.Length; i++)
                values[i] = (float)row[i];
        }
    }

    /// <summary>The best possible network for data from a mixture of (weight, mean, spread).</summary>
    private sealed class Mixture(string solver, PredictionKind kind, (double Weight, double Mean, double Spread)[] modes) : IDenoiser
    {
        private readonly NoiseSchedule _schedule = new(Timesteps);

        public void Predict(ReadOnlySpan<float> sample, float timestep, Span<float> prediction)
        {
            double signal, spread;
            if (solver == "flow")
            {
                signal = timestep / Timesteps;
                spread = 1 - signal;
            }
            else
            {
                var alpha = _schedule.AlphaBar((int)timestep);
                signal = Math.Sqrt(alpha);
                spread = Math.Sqrt(1 - alpha);
            }

            for (var i = 0; i < sample.Length; i++)
            {
                double x = sample[i], total = 0, clean = 0, noise = 0;
                foreach (var mode in modes)
                {
                    var variance = (signal * signal * mode.Spread * mode.Spread) + (spread * spread);
                    var away = x - (signal * mode.Mean);
                    var weight = mode.Weight * Math.Exp(-0.5 * away * away / variance) / Math.Sqrt(variance);
                    total += weight;
                    clean += weight * (mode.Mean + (signal * mode.Spread * mode.Spread / variance * away));
                    noise += weight * (spread / variance * away);
                }

                clean /= total;
                noise /= total;
                prediction[i] = (float)(solver == "flow" ? clean - noise : kind switch
                {
                    PredictionKind.Epsilon => noise,
                    PredictionKind.Sample => clean,
                    _ => (signal * noise) - (spread * clean),
                });
            }
        }
    }
}
