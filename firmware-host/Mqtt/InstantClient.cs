using Edge.Robots;

namespace Edge.Mqtt;

/// <summary>Sends one instant action to a robot and shows how it ended: what <c>edge arm</c>, <c>edge disarm</c>, <c>edge stop</c> and <c>edge clear-error</c> run.</summary>
public static class InstantClient
{
    private const int ExpirySeconds = 5;

    /// <summary>Longest time between the robot's yes and the end of the action: a self-test with slow cameras, or a long stop.</summary>
    private static readonly TimeSpan ActionTimeout = TimeSpan.FromSeconds(40);

    /// <summary>Sends the action and stays until it has ended. Returns a <see cref="RequestOutcome"/>.</summary>
    /// <param name="mqtt">Broker and robot.</param>
    /// <param name="actionType">An <c>actionType</c> of the topic <c>instant</c>.</param>
    /// <param name="output">Gets a line for each thing that happens.</param>
    /// <param name="answerTimeout">Longest time until the robot says yes or no; 5 s where null.</param>
    public static int Run(MqttDescription mqtt, string actionType, TextWriter output, TimeSpan? answerTimeout = null)
    {
        ArgumentNullException.ThrowIfNull(mqtt);
        ArgumentException.ThrowIfNullOrEmpty(actionType);
        ArgumentNullException.ThrowIfNull(output);
        var time = TimeProvider.System;
        var actionId = Guid.NewGuid().ToString();
        using var client = new RobotClient(mqtt, actionId, time);
        client.Start([client.Topics.State], () => client.Send(client.Topics.Instant, ExpirySeconds, json =>
        {
            json.WriteString("actionId"u8, actionId);
            json.WriteString("actionType"u8, actionType);
        }));

        var start = time.GetTimestamp();
        var accepted = false;
        while (time.GetElapsedTime(start) < (accepted ? ActionTimeout : answerTimeout ?? TimeSpan.FromSeconds(5)))
        {
            if (!client.TryTake(out var update))
                continue;
            if (client.IsResponse(update!) && update!.Text("response") == "REJECTED")
            {
                output.WriteLine($"rejected: {update.Error.Type}: {update.Error.Description}");
                return RequestOutcome.NotDone;
            }

            if (client.IsResponse(update!) && !accepted)
            {
                accepted = true;
                start = time.GetTimestamp();
            }

            foreach (var action in update!.Items("actionStates").Where(action => RobotUpdate.Text(action, "actionId") == actionId))
            {
                switch (RobotUpdate.Text(action, "actionStatus"))
                {
                    case "FINISHED":
                        output.WriteLine($"{actionType}: done; the robot is {update.Text("controlState")}");
                        return RequestOutcome.Done;
                    case "FAILED":
                        output.WriteLine($"{actionType}: not done: {RobotUpdate.Text(action, "actionResult")}");
                        return RequestOutcome.NotDone;
                }
            }
        }

        if (!accepted)
            return client.ShowNoAnswer(output);
        output.WriteLine($"{actionType}: accepted, but the robot does not say how it ended; see its state: {client.Topics.State}");
        return RequestOutcome.NoAnswer;
    }
}
