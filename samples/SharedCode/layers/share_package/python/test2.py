var_from_test2 = 'this is str in test2'
