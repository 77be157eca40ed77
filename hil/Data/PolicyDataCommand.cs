using System.CommandLine;
using Edge.Hil.Scenes;
using Edge.Robots;

namespace Edge.Hil.Data;

/// <summary><c>edge-hil data policy</c>: of the policy and of the flat policy.</summary>
public static class PolicyDataCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        var robot = RobotOption.Create();
        var episodes = Episodes("--episodes", "Episodes of all tasks, each on a scene of its own", 1, 540);
        var unfelt = Episodes("--unfelt", "Episodes more of the tasks that slide, sweep, turn and throw", 0, 420);
        var folder = new Option<string>("--out") { Description = "Folder for the files, in its folders policy and flat", DefaultValueFactory = _ => Path.Combine("out", "data") };
        var jobs = new Option<int>("--jobs") { Description = "Episodes at a time", DefaultValueFactory = _ => Environment.ProcessorCount };
        var randomisation = Randomisation.CreateOption();
        var command = new Command("policy", "Make the training data of the policy and of the flat policy with the scripted expert; what is there already is kept") { robot, episodes, unfelt, folder, jobs, randomisation };
        command.SetAction(result =>
        {
            Randomisation.Present = result.GetValue(randomisation);
            using var stop = new CancellationTokenSource();
            ConsoleCancelEventHandler onCancel = (_, e) =>
            {
                e.Cancel = true;
                stop.Cancel();
            };
            Console.CancelKeyPress += onCancel;
            try
            {
                new PolicyData(RobotFile.Load(result.GetValue(robot)!), result.GetValue(folder)!, Console.Out).Run(result.GetValue(episodes), result.GetValue(unfelt), result.GetValue(jobs), stop.Token);
                return stop.IsCancellationRequested ? 130 : 0;
            }
            finally
            {
                Console.CancelKeyPress -= onCancel;
            }
        });
        return command;
    }
    private static Option<int> Episodes(string name, string what, int least, int usually)
    {
        var option = new Option<int>(name) { Description = $"{what} ({least} to {PolicyData.MaxEpisodes})", DefaultValueFactory = _ => usually };
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is var value && (value < least || value > PolicyData.MaxEpisodes))
                result.AddError($"{name}: allowed {least} to {PolicyData.MaxEpisodes}.");
        });
        return option;
    }
}
