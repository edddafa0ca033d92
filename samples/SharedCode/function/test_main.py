import os

from test2 import var_from_test2


def lambda_handler(event, context):
    print(var_from_test2)
    print(os.listdir("/opt"))
    return {"statusCode": 200, "body": var_from_test2}
