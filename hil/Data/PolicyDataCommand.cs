using System.CommandLine;

namespace Edge.Hil.Data;

/// <summary><c>edge-hil data policy</c>.</summary>
public static class PolicyDataCommand
{
    /// <summary>Makes the command; <paramref name="openRunner"/> opens the rig when it runs.</summary>
    public static Command Create(Func<IEpisodeRunner> openRunner)
    {
        ArgumentNullException.ThrowIfNull(openRunner);
        var chains = new Option<int>("--chains")
        {
            Description = $"Chains of calls to make, each on a scene of its own (1 to {PolicyData.FirstHeldOutSeed - 1}).",
            DefaultValueFactory = _ => 1000,
        };
        chains.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 1 or >= (int)PolicyData.FirstHeldOutSeed)
                result.AddError($"--chains: allowed 1 to {PolicyData.FirstHeldOutSeed - 1}.");
        });
        var folder = new Option<string>("--out") { Description = "Folder to write to; an interrupted run goes on there.", DefaultValueFactory = _ => "out/data/policy" };
        var command = new Command("policy", "Makes the policy's training data with the scripted expert.") { chains, folder };
        command.SetAction(result =>
        {
            using var stop = new CancellationTokenSource();
            ConsoleCancelEventHandler onCancel = (_, e) =>
            {
                e.Cancel = true;
                stop.Cancel();
            };
            Console.CancelKeyPress += onCancel;
            try
            {
                using var runner = openRunner();
                new PolicyData(runner, result.GetValue(folder)!, Console.Out).Run(result.GetValue(chains), stop.Token);
                return stop.IsCancellationRequested ? 130 : 0;
            }
            finally
            {
                Console.CancelKeyPress -= onCancel;
            }
        });
        return command;
    }
}
